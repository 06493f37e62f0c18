"""BLAKE3 in plain Python, written from the specification ("BLAKE3: one function, fast everywhere", 2020-01-09).

Only the plain hash of 32 bytes, which is all that the sealed segment uses. About a megabyte a second: enough to check
test files, and independent of any library that the recorder uses.
"""

import struct

BLOCK, CHUNK = 64, 1024
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
# Which four words of the state a quarter round mixes: the columns, then the diagonals.
QUARTERS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)
WORD = 0xFFFFFFFF


def compress(chaining, words, counter, length, flags):
    """The compression function (2.2), cut to the eight words that become a chaining value or the first 32 bytes."""
    v = [*chaining, *IV[:4], counter & WORD, counter >> 32, length, flags]
    for round_number in range(7):
        for i, (a, b, c, d) in enumerate(QUARTERS):
            va = (v[a] + v[b] + words[2 * i]) & WORD
            vd = v[d] ^ va
            vd = (vd >> 16) | (vd << 16) & WORD
            vc = (v[c] + vd) & WORD
            vb = v[b] ^ vc
            vb = (vb >> 12) | (vb << 20) & WORD
            va = (va + vb + words[2 * i + 1]) & WORD
            vd ^= va
            vd = (vd >> 8) | (vd << 24) & WORD
            vc = (vc + vd) & WORD
            vb ^= vc
            v[a], v[b], v[c], v[d] = va, (vb >> 7) | (vb << 25) & WORD, vc, vd
        if round_number < 6:
            words = [words[i] for i in PERMUTATION]
    return tuple(v[i] ^ v[i + 8] for i in range(8))


def chunk_output(chunk, counter):
    """A chunk up to its last block: the arguments of the compression that ends it (2.4)."""
    chaining, flags = IV, CHUNK_START
    last = max(0, (len(chunk) - 1) // BLOCK * BLOCK)
    for at in range(0, last, BLOCK):
        chaining = compress(chaining, struct.unpack_from("<16I", chunk, at), counter, BLOCK, flags)
        flags = 0
    rest = chunk[last:]
    return chaining, struct.unpack("<16I", rest.ljust(BLOCK, b"\0")), counter, len(rest), flags | CHUNK_END


def tree_output(data, first_chunk):
    """The left subtree holds the largest power of two of chunks that leaves at least a byte for the right (2.1)."""
    if len(data) <= CHUNK:
        return chunk_output(data, first_chunk)
    left_chunks = 1 << (((len(data) - 1) // CHUNK).bit_length() - 1)
    left = compress(*tree_output(data[: left_chunks * CHUNK], first_chunk))
    right = compress(*tree_output(data[left_chunks * CHUNK :], first_chunk + left_chunks))
    return IV, left + right, 0, BLOCK, PARENT


def blake3(data):
    """The 32 bytes of BLAKE3 of `data`."""
    *arguments, flags = tree_output(bytes(data), 0)
    return struct.pack("<8I", *compress(*arguments, flags | ROOT))
