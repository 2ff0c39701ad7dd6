"""Pictures, films and archives of formats that are not read: what they are, and what to do.

Found by content, which no name hides, or by name where the content tells nothing. Whatever else is
not read is no picture: sound, text and documents are carried over without a word.
"""

from __future__ import annotations

import re

_CONVERT = "convert it to TIFF or PNG first"
_DEVELOP = "develop it to TIFF first"
_REMUX = "put it into Matroska first, as with ffmpeg -i FILE -c copy FILE.mkv"
_EXPORT = "export it as MOV, MXF or Matroska first"
_WRAP = "put it into MP4 or Matroska, at its frame rate, first"
_UNPACK = "unpack it, or make it a zip or tar, first"

# By format: what it is called, what to do, its suffixes.
_FORMATS: tuple[tuple[str, str, str], ...] = (
    ("a GIF", _CONVERT, ".gif"),
    ("a BMP", _CONVERT, ".bmp .dib"),
    ("a HEIC picture", _CONVERT, ".heic .heics .heif .heifs .hif"),
    ("an AVIF picture", _CONVERT, ".avif .avifs"),
    ("a JPEG 2000 picture", _CONVERT, ".jp2 .j2k .j2c .jpc .jpf .jpx .jpm .jph .jhc"),
    ("a JPEG XL picture", _CONVERT, ".jxl"),
    ("a JPEG XR picture", _CONVERT, ".jxr .wdp .hdp"),
    ("a JPEG-LS picture", _CONVERT, ".jls"),
    ("a Photoshop document", _CONVERT, ".psd .psb"),
    ("a GIMP picture", _CONVERT, ".xcf"),
    ("a Netpbm picture", _CONVERT, ".pbm .pgm .ppm .pnm .pam .pfm"),
    ("a Targa picture", _CONVERT, ".tga"),
    ("a FITS picture", _CONVERT, ".fits .fts"),
    ("a Radiance picture", _CONVERT, ".rgbe"),
    ("a PCX picture", _CONVERT, ".pcx"),
    ("an SGI picture", _CONVERT, ".sgi"),
    ("a Sun raster", _CONVERT, ".ras"),
    ("an IFF picture", _CONVERT, ".ilbm .lbm"),
    ("a QOI picture", _CONVERT, ".qoi"),
    ("a BPG picture", _CONVERT, ".bpg"),
    ("a DDS texture", _CONVERT, ".dds"),
    ("a PNG animation", _CONVERT, ".mng .jng .apng"),
    ("a PICT picture", _CONVERT, ".pict .pct"),
    ("a Photo CD picture", _CONVERT, ".pcd"),
    ("a wavelet-compressed picture", _CONVERT, ".sid .ecw"),
    ("an icon", _CONVERT, ".ico .icns .cur"),
    ("an X bitmap", _CONVERT, ".xbm .xpm .wbmp"),
    ("a DjVu document", _CONVERT, ".djvu .djv"),
    ("a JBIG picture", _CONVERT, ".jb2 .jbig2 .jbg .jbig"),
    ("a FLIF picture", _CONVERT, ".flif"),
    ("a JPEG XS picture", _CONVERT, ".jxs"),
    ("a FlashPix picture", _CONVERT, ".fpx"),
    ("a bare fax picture", _CONVERT, ".g3 .g4 .fax"),
    ("a scanned document", _CONVERT, ".mdi"),
    ("a PostScript picture", _CONVERT, ".eps .epsf"),
    ("a DICOM picture", _CONVERT, ".dcm .dicom"),
    ("a painting program's picture", _CONVERT, ".kra .ora .psp .pspimage .pdn"),
    ("a DPX frame", "convert it to TIFF, or the sequence to a film, first", ".dpx"),
    ("a Cineon frame", "convert it to TIFF, or the sequence to a film, first", ".cin"),
    ("an OpenEXR frame", "convert it to TIFF, or the sequence to a film, first", ".exr"),
    (
        "a camera raw file",
        _DEVELOP,
        ".dng .nef .nrw .cr2 .cr3 .crw .arw .srf .sr2 .srw .orf .ori .rw2 .rwl .pef .ptx .raf .raw"
        " .3fr .fff .iiq .mef .mrw .erf .kdc .dcr .k25 .x3f"
        " .bay .rwz .gpr",
    ),
    ("a bare H.264 stream", _WRAP, ".h264 .264 .avc"),
    ("a bare HEVC stream", _WRAP, ".hevc .h265 .265"),
    ("a bare VVC stream", _WRAP, ".vvc .h266 .266"),
    ("a bare AV1 stream", _WRAP, ".obu"),
    ("a bare VC-1 stream", _WRAP, ".vc1"),
    ("a bare H.261 or H.263 stream", _WRAP, ".h261 .h263"),
    ("a bare AVS stream", _WRAP, ".cavs .avs2 .avs3"),
    ("a bare Dirac stream", _WRAP, ".dirac"),
    ("raw video without a header", _WRAP, ".yuv .i420 .yv12 .nv12"),
    ("an IVF film", _REMUX, ".ivf"),
    ("a GXF film", _REMUX, ".gxf"),
    ("a LXF film", _REMUX, ".lxf"),
    ("a Windows TV recording", _REMUX, ".wtv .dvr-ms"),
    ("a RealMedia film", _REMUX, ".rm .rmvb .rv"),
    ("a Nullsoft film", _REMUX, ".nsv"),
    ("an AMV film", _REMUX, ".amv"),
    ("an OGM film", _REMUX, ".ogm"),
    ("a Dirac film in Ogg", _REMUX, ""),
    ("a film of a game", _EXPORT, ".roq .mve .4xm .vqa"),
    ("a Bink film", _EXPORT, ".bik .bk2"),
    ("a Smacker film", _EXPORT, ".smk"),
    ("an Autodesk animation", _EXPORT, ".fli .flc"),
    ("a Flash film", _EXPORT, ".swf"),
    ("a fragment of a film", "put its fragments together first", ".m4s"),
    ("raw footage of a camera", _EXPORT, ".r3d .braw .ari .arx .mlv .cine .crm"),
    ("a Video CD film", _REMUX, ".cdxa"),
    ("a 7z archive", _UNPACK, ".7z .cb7"),
    ("a RAR archive", _UNPACK, ".rar .cbr"),
    ("a comic-book archive", "give it the ending .zip or .tar first", ".cbz .cbt"),
    ("an LHA archive", _UNPACK, ".lzh .lha"),
    ("an ARJ archive", _UNPACK, ".arj"),
    ("an ACE archive", _UNPACK, ".ace"),
    ("a cabinet archive", _UNPACK, ".cab"),
    ("a StuffIt archive", _UNPACK, ".sit .sitx"),
    ("a cpio archive", _UNPACK, ".cpio"),
    ("a disk image", _UNPACK, ".iso .dmg .nrg .wim .squashfs"),
    ("a part of a zip", _UNPACK, ".zipx .z01"),
    ("a part of an archive", "put its parts together first", ""),
    (
        "an archive of pictures under another name",
        "give it the ending .zip, .tar or .tgz first",
        "",
    ),
    ("a compressed file", _UNPACK, ".tzst .tlz .taz"),
)
_BY_SUFFIX = {
    suffix: (what, remedy) for what, remedy, suffixes in _FORMATS for suffix in suffixes.split()
}
_BY_WHAT = {what: remedy for what, remedy, _ in _FORMATS}
CODED = "a compressed file"
PART, RENAMED = "a part of an archive", "an archive of pictures under another name"
CODED_SUFFIXES = frozenset((".gz", ".xz", ".bz2", ".zst", ".lz", ".lz4", ".lzma", ".z", ".br"))
# Content may mislead there: camera raws are TIFF inside.
RAW = "a camera raw file"

# At the beginning of the content. Letters alone could begin a text: what must follow is in _LOOKS.
_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"GIF87a", "a GIF"),
    (b"GIF89a", "a GIF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"II\xbc\x01", "a JPEG XR picture"),
    (b"8BPS\0", "a Photoshop document"),
    (b"gimp xcf", "a GIMP picture"),
    (b"SIMPLE  =", "a FITS picture"),
    (b"#?RADIANCE", "a Radiance picture"),
    (b"#?RGBE", "a Radiance picture"),
    (b"\x59\xa6\x6a\x95", "a Sun raster"),
    (b"qoif\0", "a QOI picture"),
    (b"BPG\xfb", "a BPG picture"),
    (b"DDS \x7c\0\0\0", "a DDS texture"),
    (b"\x8aMNG\r\n", "a PNG animation"),
    (b"\x8bJNG\r\n", "a PNG animation"),
    (b"\x80\x2a\x5f\xd7", "a Cineon frame"),
    (b"\xd7\x5f\x2a\x80", "a Cineon frame"),
    (b"v/1\x01", "an OpenEXR frame"),
    (b"icns\0", "an icon"),
    (b"/* XPM */", "an X bitmap"),
    (b"AT&TFORM", "a DjVu document"),
    (b"\x97JB2\r\n\x1a\n", "a JBIG picture"),
    (b"\0\0\0\x0cJXS \r\n\x87\n", "a JPEG XS picture"),
    (b"\xff\x10\xff\x50", "a JPEG XS picture"),
    (b"EP*\0", "a scanned document"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript picture"),
    (b"Paint Shop Pro Image File", "a painting program's picture"),
    (b"PDN3", "a painting program's picture"),
    (b"BBCD\0", "a bare Dirac stream"),
    (b"\x84\x10\xff\xff\xff\xff", "a film of a game"),
    (b"Interplay MVE File\x1a", "a film of a game"),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO\x08\0", RAW),
    (b"IIRS\x08\0", RAW),
    (b"MMOR\0", RAW),
    (b"IIU\0", RAW),
    (b"\0MRM", RAW),
    (b"FOVb", RAW),
    (b"II\x1a\0\0\0HEAP", RAW),
    (b"DKIF\0\0", "an IVF film"),
    (b"\0\0\0\0\1\xbc", "a GXF film"),
    (b"LEITCH\0", "a LXF film"),
    (b"\xb7\xd8\0\x20\x37\x49\xda\x11\xa6\x4e\0\x07\xe9\x5e\xad\x8d", "a Windows TV recording"),
    (b".RMF\0", "a RealMedia film"),
    (b"NSVf", "a Nullsoft film"),
    (b"SMK2", "a Smacker film"),
    (b"SMK4", "a Smacker film"),
    (b"MLVI", "raw footage of a camera"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF\0\0\0\0", "a cabinet archive"),
    (b"070701", "a cpio archive"),
    (b"070707", "a cpio archive"),
)
_HEAD_STARTS = tuple(head for head, _ in _HEADS)
_LOOKS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), what)
    for pattern, what in (
        (rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", "a BMP"),
        (rb"....ftyp(hei[cxms]|hev[cmsx]|mif1|msf1)", "a HEIC picture"),
        (rb"....ftypavi[fs]", "an AVIF picture"),
        (rb"....ftypcrx", RAW),
        (rb"FLIF[1-6A-F]", "a FLIF picture"),
        (rb".{128}DICM", "a DICOM picture"),
        (rb"%!PS-Adobe-\d\.\d EPSF", "a PostScript picture"),
        (rb"\0\0[\x01\x02]\0[\x01-\x40]\0...\0", "an icon"),
        (rb"OggS.{24,60}\x01video\0", "an OGM film"),
        (rb"OggS.{24,60}BBCD\0", "a Dirac film in Ogg"),
        (rb"RIFF....4XMV|FORM....WVQA", "a film of a game"),
        (rb"(SDPX|XPDS)....V", "a DPX frame"),
        (rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s", "a Netpbm picture"),
        (rb"P7\nWIDTH |P[Ff]\n\d+ \d+\n", "a Netpbm picture"),
        (rb"\x0a[\0\x02-\x05]\x01[\x01\x02\x04\x08]", "a PCX picture"),
        (rb"\x01\xda[\0\x01][\x01\x02]\0[\x01-\x03]", "an SGI picture"),
        (rb"FORM....(ILBM|PBM |ACBM)", "an IFF picture"),
        (rb"\0?\0\0\x01[\x09\x27\x47\x67]", "a bare H.264 stream"),
        (rb"\0?\0\0\x01[\x40\x46]\x01", "a bare HEVC stream"),
        (rb"RIFF....CDXA", "a Video CD film"),
        (rb"RIFF....AMV ", "an AMV film"),
        (rb"....RED[12]", "raw footage of a camera"),
        (rb"....styp", "a fragment of a film"),
        (rb"BIK[bdfghik]|KB2[adfghijk]", "a Bink film"),
        (rb"[FCZ]WS[\x01-\x32]", "a Flash film"),
        (rb"..-lh[0-7d]-", "an LHA archive"),
        (rb".{7}\*\*ACE\*\*", "an ACE archive"),
    )
)


def uncolored_format(suffix: str, head: bytes) -> str:
    """What a file is if its format is a picture's, film's or archive's that is not read; else "".

    Args:
        suffix: of its name, in small letters, with its dot.
        head: its first bytes.
    """
    named = _BY_SUFFIX.get(suffix)
    if named and named[0] == RAW:
        return RAW
    if not head:
        return named[0] if named else ""
    if head.startswith(_HEAD_STARTS):
        return next(what for start, what in _HEADS if head.startswith(start))
    if what := next((what for look, what in _LOOKS if look.match(head)), ""):
        return what
    return named[0] if named else ""


def unread(what: str) -> str:
    """Problem and remedy of a file of a format that is not read."""
    return f"is {what}, which is not read; {_BY_WHAT[what]}"
