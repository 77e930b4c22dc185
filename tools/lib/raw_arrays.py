"""Bytes of arrays for tools/check-firmware, without numpy.

sample QUANTIZE MODEL.swl OUT.npy OUT.raw: random elements of the model's only input, as an array and as they lie in memory.
bytes IN.npz OUT.raw: the elements of the arrays, one after the other."""
import json
import random
import struct
import subprocess
import sys
import zipfile

DESCRIPTIONS = {"int8": "|i1", "uint8": "|u1", "int16": "<i2", "int32": "<i4", "float32": "<f4"}


def npy(shape, dtype, data):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }" % (DESCRIPTIONS[dtype], ", ".join(map(str, shape)))
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def elements(array):
    """What follows the header of a .npy file of version 1."""
    (length,) = struct.unpack_from("<H", array, 8)
    return array[10 + length :]


def main():
    what, *arguments = sys.argv[1:]
    if what == "sample":
        quantize, model, array, raw = arguments
        text = subprocess.run([quantize, "inspect", model, "--json"], check=True, capture_output=True, text=True).stdout
        (tensor,) = json.loads(text)["inputs"]
        count = 1
        for dim in tensor["shape"]:
            count *= dim
        data = random.Random(7).randbytes(count)
        with open(raw, "wb") as file:
            file.write(data)
        with open(array, "wb") as file:
            file.write(npy(tensor["shape"], "int8", data))
    else:
        archive, raw = arguments
        with zipfile.ZipFile(archive) as names, open(raw, "wb") as file:
            for name in names.namelist():
                file.write(elements(names.read(name)))


main()
