"""One film or one stream of stills on its way from decoder to encoder."""
