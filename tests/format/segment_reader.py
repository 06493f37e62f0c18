#!/usr/bin/env python3
"""Reads a sealed segment, written from docs/design/segment.md alone: no code of the recorder was looked at or is used.

    segment_reader.py (--hour-key HEX | --segment-key HEX | --keys LIST | --no-key) FILE...

LIST is a file of lines: a segment id, a space, the segment's key, both in hexadecimal digits.

Prints one JSON object per line and file: the header, then (with a key) every sample, then what the file amounts to. That
last one names the `file` and says its `state`: "closed", "open" (no footer; a torn tail may follow the last whole record) or "damaged" with the byte where the
record begins that does not fit and what is wrong with it. Samples before the damage are printed, none after it.
Exit status: 0 all are closed or open, 1 one is damaged, 2 called wrongly.
"""

import argparse
import json
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from blake3 import blake3

HEADER, FRAGMENT, FOOTER = 0, 1, 2
CODECS = {1: "H.264", 2: "H.265", 3: "Motion JPEG", 4: "AAC", 5: "G.711 A-law", 6: "G.711 mu-law"}
MAX_HEADER_RECORD, MAX_PLAINTEXT = 262_144, 134_217_728
HEAD, TAG, TAIL, ROW = 96, 16, 36, 20
NO_SYNC, FOOTER_SYNC = 0xFFFFFFFF, 1 << 31


class Damage(Exception):
    """The file is not what was sealed. `at` is the offset of the record that does not fit."""

    def __init__(self, at, reason):
        super().__init__(f"{reason} (record at byte {at})")
        self.at, self.reason = at, reason


class Torn(Exception):
    """The file ends inside the record that begins at `at`."""

    def __init__(self, at):
        super().__init__(f"the file ends inside the record at byte {at}")
        self.at = at


def hkdf(key, info):
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)


class Keys:
    """What is derived from the key of one segment."""

    def __init__(self, segment_key):
        self.cipher = AESGCM(hkdf(segment_key, b"candour segment cipher v1\0"))
        self.salt = hkdf(segment_key, b"candour content salt v1\0")

    def open(self, kind, number, sealed, head, at):
        nonce = bytes([kind]) + bytes(7) + struct.pack("<I", number)
        try:
            return self.cipher.decrypt(nonce, sealed, head)
        except InvalidTag:
            raise Damage(at, "the tag does not fit under this key") from None


class Header:
    """The header record: fields by the names of the page."""

    LAYOUT = struct.Struct("<8sBBHI16s16s16s16s16s16s32sqqqqqqBBBBIHHHHI")
    NAMES = (
        "magic version suite prefix_check length recorder camera stream run segment purpose policy start run_dts keep_until "
        "gap_start camera_ahead read_pace kind codec gap_cause clock_flags timescale width height codec_string_length zero "
        "entry_length"
    ).split()

    def __init__(self, data):
        if len(data) < 16:
            raise Torn(0)
        if data[:8] != b"CANDOSEG":
            raise Damage(0, "not a segment: the magic is another")
        if data[8] != 1 or data[9] != 1:
            raise Damage(0, f"format version {data[8]} and cipher suite {data[9]} are unknown")
        if blake3(data[:10] + data[12:16])[:2] != data[10:12]:
            raise Damage(0, "the prefix check does not fit")
        length = struct.unpack_from("<I", data, 12)[0]
        if not self.LAYOUT.size <= length <= MAX_HEADER_RECORD - TAG - 32:
            raise Damage(0, f"no header has {length} bytes")
        if len(data) < length + TAG + 32:
            raise Torn(0)
        self.authenticated = data[:length]
        self.tag = data[length : length + TAG]
        self.digest = data[length + TAG : length + TAG + 32]
        self.end = length + TAG + 32
        if blake3(data[: length + TAG]) != self.digest:
            raise Damage(0, "sealed digest 0 does not fit the header")
        self.__dict__.update(zip(self.NAMES, self.LAYOUT.unpack_from(data)))
        strings = self.LAYOUT.size + self.codec_string_length
        if strings + self.entry_length != length:
            raise Damage(0, "codec string and sample entry do not fill the header")
        self.codec_string = data[self.LAYOUT.size : strings]
        self.entry = data[strings:length]
        self.check_values()

    def check_values(self):
        if self.kind not in (0, 1) or self.codec not in CODECS or self.clock_flags & ~3 or self.zero or not self.timescale:
            raise Damage(0, "a field of the header has a value that does not exist")

    def leaf(self):
        """The data of leaf 0 of the content tree."""
        return (
            b"\0" + self.recorder + self.camera + self.stream + self.run + self.segment
            + struct.pack("<qq", self.start, self.run_dts)
            + bytes([self.clock_flags & 1, self.clock_flags >> 1 & 1])
            + struct.pack("<qqBIHH", self.camera_ahead, self.read_pace, self.codec, self.timescale, self.width, self.height)
            + struct.pack("<I", len(self.codec_string)) + self.codec_string
            + struct.pack("<I", len(self.entry)) + self.entry
        )

    def told(self):
        return {
            "segment": self.segment.hex(), "recorder": self.recorder.hex(), "camera": self.camera.hex(),
            "stream": self.stream.hex(), "run": self.run.hex(), "purpose": self.purpose.hex(), "policy": self.policy.hex(),
            "kind": ("main", "sub")[self.kind], "codec": CODECS[self.codec],
            "codec_string": self.codec_string.decode("utf-8", "replace"), "entry": blake3(self.entry).hex(),
            "start": self.start, "run_dts": self.run_dts, "keep_until": self.keep_until,
            "gap_cause": self.gap_cause, "gap_start": self.gap_start,
            "camera_ahead": self.camera_ahead if self.clock_flags & 1 else None,
            "synchronised": bool(self.clock_flags & 2), "read_pace": self.read_pace,
            "timescale": self.timescale, "width": self.width, "height": self.height,
        }


class Record:
    """A fragment or the footer: the head in clear, and where the sealed part lies."""

    LAYOUT = struct.Struct("<4sIIIqQqqII32s8s")
    NAMES = "marker number size samples first_dts media_duration wall_start wall_end sync_back flags before check".split()

    def __init__(self, data, at, digest_before, number_before):
        if len(data) - at < HEAD:
            raise Torn(at)
        self.at, self.head = at, data[at : at + HEAD]
        if blake3(self.head[:88])[:8] != self.head[88:]:
            raise Damage(at, "the head check does not fit")
        self.__dict__.update(zip(self.NAMES, self.LAYOUT.unpack(self.head)))
        self.is_footer = self.marker == b"CFTR"
        if not self.is_footer and self.marker != b"CFRG":
            raise Damage(at, "neither a fragment nor a footer")
        if self.number != number_before + (0 if self.is_footer else 1):
            raise Damage(at, f"number {self.number} after number {number_before}")
        if self.size > MAX_PLAINTEXT:
            raise Damage(at, f"no fragment has {self.size} bytes")
        if self.before != digest_before:
            raise Damage(at, "the chain is broken: the digest before is another")
        if self.flags & ~1 or (self.flags & 1 and self.sync_back):
            raise Damage(at, "flags and sync back that do not exist")
        self.end = at + HEAD + self.size + TAG + TAIL
        if self.end > len(data):
            raise Torn(at)
        self.sealed = data[at + HEAD : at + HEAD + self.size + TAG]
        length, self.digest = struct.unpack_from("<I32s", data, self.end - TAIL)
        if length != self.end - at:
            raise Damage(at, "the length behind the record is not its length")
        if blake3(data[at : self.end - 32]) != self.digest:
            raise Damage(at, "the sealed digest does not fit the record")

    def index_row(self):
        """The fragment's row in the footer."""
        return struct.pack(
            "<QIIqQqqII", self.at, self.size, self.samples, self.first_dts, self.media_duration,
            self.wall_start, self.wall_end, self.sync_back, self.flags,
        )


def tree_root(leaves):
    """RFC 6962 2.1 with BLAKE3; `leaves` are hashes of leaves, at least one."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << ((len(leaves) - 1).bit_length() - 1)
    return blake3(b"\1" + tree_root(leaves[:left]) + tree_root(leaves[left:]))


class Segment:
    """Goes through a file in order; `samples` yields what opens, and afterwards the fields say what the file is."""

    def __init__(self, data, keys_for):
        self.data, self.fragments, self.footer = data, [], None
        self.header = Header(data)
        self.intact, self.last_dts = self.header.end, -1
        self.keys = keys_for(self.header.segment)
        self.leaves = [blake3(b"\0" + self.header.leaf())]
        self.footer_rows = []
        if self.keys and self.keys.open(HEADER, 0, self.header.tag, self.header.authenticated, 0):
            raise Damage(0, "the header seals bytes")  # Cannot happen: 16 bytes are a tag of nothing.

    def samples(self):
        digest = self.header.digest
        while self.footer is None and self.intact < len(self.data):
            record = Record(self.data, self.intact, digest, len(self.fragments))
            if record.is_footer:
                self.check_footer(record)
                self.footer = record
            else:
                yield from self.fragment(record)
                self.fragments.append(record)
            digest, self.intact = record.digest, record.end
        if self.intact < len(self.data):
            raise Damage(self.intact, "bytes behind the footer")

    def fragment(self, record):
        if record.samples == 0:
            raise Damage(record.at, "a fragment without samples")
        self.check_order(record)
        if self.keys is None:
            return
        plain = self.keys.open(FRAGMENT, record.number, record.sealed, record.head, record.at)
        table = len(plain) - ROW * record.samples
        if table < 0:
            raise Damage(record.at, "the table is larger than the fragment")
        # Nothing of a fragment is given out before all of it is known to be sound.
        yield from list(self.rows(record, plain, table))

    def check_order(self, record):
        if self.fragments:
            before = self.fragments[-1]
            if record.first_dts <= max(before.first_dts, self.last_dts):
                raise Damage(record.at, "begins before the last sample of the fragment before")
        elif record.first_dts:
            raise Damage(record.at, "the first sample is not at time 0")
        if record.sync_back != NO_SYNC and record.sync_back >= record.number:
            raise Damage(record.at, "sync back leads out of the segment")

    def rows(self, record, plain, table):
        at, last = 0, -1
        leaves, footer_rows = [], []
        for offset, composition, duration, size, flags in struct.iter_unpack("<IiIII", plain[table:]):
            if offset <= last or (last < 0 and offset):
                raise Damage(record.at, "decode times do not rise from the first dts")
            if flags & ~1 or at + size > table:
                raise Damage(record.at, "a row of the table that cannot be")
            sample, sync = plain[at : at + size], flags & 1
            number, dts = len(self.leaves) + len(leaves), record.first_dts + offset
            digest = blake3(sample)
            leaf = b"\1" + struct.pack("<IqiIB", number, dts, composition, duration, sync) + digest
            leaves.append(blake3(b"\0" + leaf))
            footer_rows.append(struct.pack("<IiI", offset, composition, size | (FOOTER_SYNC if sync else 0)))
            yield {
                "sample": number, "dts": dts, "composition_offset": composition, "duration": duration,
                "sync": bool(sync), "size": size, "blake3": digest.hex(),
            }
            at, last, ends = at + size, offset, offset + duration
        if at != table:
            raise Damage(record.at, "the samples do not fill the fragment")
        if ends != record.media_duration:
            raise Damage(record.at, "the media duration is not that of the samples")
        self.leaves += leaves
        self.footer_rows += footer_rows
        self.last_dts = record.first_dts + last

    def check_footer(self, record):
        """The footer is a function of what stands before it: here it is made again and compared."""
        first, last = (self.fragments[0], self.fragments[-1]) if self.fragments else (None, None)
        expected = (
            sum(f.samples for f in self.fragments),
            first.first_dts if first else 0,
            last.first_dts + last.media_duration - first.first_dts if first else 0,
            first.wall_start if first else self.header.start,
            last.wall_end if first else self.header.start,
            0, 0,
        )
        found = (record.samples, record.first_dts, record.media_duration, record.wall_start, record.wall_end,
                 record.sync_back, record.flags)
        if found != expected:
            raise Damage(record.at, "the head of the footer does not tell of this segment")
        if self.keys is None:
            return
        plain = self.keys.open(FOOTER, record.number, record.sealed, record.head, record.at)
        rows = b"".join(f.index_row() for f in self.fragments) + b"".join(self.footer_rows)
        if plain != self.content_root() + struct.pack("<I", len(self.fragments)) + rows:
            raise Damage(record.at, "the footer is not the one that belongs here")

    def content_root(self):
        return tree_root(self.leaves)

    def told(self):
        told = {
            "state": "closed" if self.footer else "open", "fragments": len(self.fragments), "intact": self.intact,
            "samples": sum(f.samples for f in self.fragments),
        }
        if self.footer:
            told["sealed_digest"] = self.footer.digest.hex()
        if self.keys:
            root = self.content_root()
            told["content_root"] = root.hex()
            told["content_commitment"] = blake3(b"candour content commitment v1\0" + self.keys.salt + root).hex()
        return told


def read(data, keys_for, say):
    """Goes through the file `data`, tells `say` what is in it, and gives what the last line says."""
    segment = None
    try:
        segment = Segment(data, keys_for)
        say(segment.header.told())
        for sample in segment.samples():
            say(sample)
    except Torn as torn:
        if segment is None:
            return {"state": "open", "fragments": 0, "intact": 0, "samples": 0}
        return segment.told() | {"torn_at": torn.at}
    except Damage as damage:
        told = segment.told() if segment else {"state": "", "fragments": 0, "intact": 0, "samples": 0}
        return told | {"state": "damaged", "at": damage.at, "reason": damage.reason}
    return segment.told()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--hour-key", type=bytes.fromhex, help="64 hexadecimal digits")
    key.add_argument("--segment-key", type=bytes.fromhex, help="64 hexadecimal digits")
    key.add_argument("--keys", help="a file of lines: segment id, space, segment key")
    key.add_argument("--no-key", action="store_true", help="only what can be checked without one")
    parser.add_argument("file", nargs="+")
    options = parser.parse_args()
    listed = {}
    if options.keys:
        with open(options.keys, encoding="ascii") as lines:
            listed = {bytes.fromhex(segment): bytes.fromhex(key) for segment, key in map(str.split, lines)}

    def keys_for(segment_id):
        if options.hour_key:
            return Keys(hkdf(options.hour_key, b"candour segment key v1\0" + segment_id))
        segment_key = options.segment_key or listed.get(segment_id)
        return Keys(segment_key) if segment_key else None

    damaged = False
    for path in options.file:
        with open(path, "rb") as file:
            data = file.read()
        told = read(data, keys_for, lambda line: print(json.dumps(line)))
        print(json.dumps({"file": path} | told))
        damaged |= told["state"] == "damaged"
    return 1 if damaged else 0


if __name__ == "__main__":
    sys.exit(main())
