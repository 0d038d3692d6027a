"""What venues call a GPU: unknown stays unknown, known is found, and nothing is guessed."""

import pytest

from oracle.sources.hardware import GpuPart, load_hardware

KNOWN = [
    ("H100", ("H100", "", 80)),
    ("NVIDIA H100 80GB HBM3", ("H100", "SXM", 80)),
    ("8x H100 SXM5 80GB", ("H100", "SXM", 80)),
    ("H100-80G-PCIe-NVLink", ("H100", "PCIe", 80)),
    ("nvidia_h100", ("H100", "", 80)),
    ("NVIDIA H200 NVL", ("H200", "NVL", 141)),
    ("NVIDIA B300 SXM6 AC", ("B300", "SXM", 288)),
    ("B300", ("B300", "", 288)),
    ("NVIDIA GB300", ("GB300", "", 288)),
    ("NVIDIA RTX PRO 6000 Blackwell Server Edition", ("RTXPRO6000", "", 96)),
    ("AMD Instinct MI325X", ("MI325X", "OAM", 256)),
    ("MI355X", ("MI355X", "OAM", 288)),
    ("NVIDIA L4", ("L4", "", 24)),
    ("NVIDIA H20-3e", ("H20", "", 141)),
]


@pytest.mark.parametrize(("name", "part"), KNOWN)
def test_name__a_venue_spells_it_so__is_this_part(name, part):
    assert load_hardware().part(name) == GpuPart(*part)


@pytest.mark.parametrize(
    "name",
    [
        "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
        "MIG 3g.40gb",
        "NVIDIA H800",
        "H100 CNX",
        "8x",
        "2 x 8x H100 SXM5 80GB",
    ],
)
def test_name__of_a_slice_or_of_nothing_known__stays_as_it_is_and_no_index_reads_it(name):
    assert load_hardware().part(name) == GpuPart(name, "", 0)


def test_name__two_parts_share_it__only_the_memory_says_which():
    names = load_hardware()
    assert names.part("H20") == GpuPart("H20", "", 0)
    assert names.part("H20", 96) == GpuPart("H20", "", 96)
    assert names.part("H100 SXM5 80GB", 94) == GpuPart("H100 SXM5 80GB", "", 94)
