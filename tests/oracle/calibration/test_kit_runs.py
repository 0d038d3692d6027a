"""The calibration kit with torch, on the processor: what it times is what it says it computes.

Runs wherever some build of torch is installed; no extra installs one.
"""

import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: the kit cannot run here")

from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from oracle.calibration import kinds, kit  # noqa: E402
from oracle.calibration.block import Block, random_matrix  # noqa: E402
from oracle.calibration.device import Device  # noqa: E402
from oracle.calibration.kinds import GROUPS  # noqa: E402
from oracle.calibration.model import TrainingStep  # noqa: E402
from oracle.calibration.shapes import QUICK  # noqa: E402
from pargrade.data.files import DATA  # noqa: E402
from pargrade.factor.calibration import ParRecord  # noqa: E402
from tests.support.cli import run  # noqa: E402

pytestmark = pytest.mark.full

RECORD = ParRecord.from_json(json.loads((DATA / "par-record.json").read_text()))


@pytest.fixture(scope="module")
def processor():
    return Device.open("cpu")


def test_command__quick_on_the_processor__runs_every_kind_of_the_record_and_rates_none():
    printed = run("unit", "measure", "--device", "cpu", "--quick", "--json").json
    assert set(printed["ran"]) == {kind.name for kind in RECORD.kinds}
    assert printed["failed"] == {}
    assert printed["self_test"] is True
    assert not {"rates", "signature", "signer", "standings", "schema"} & set(printed)


def test_kit__a_kind_that_fails__costs_those_that_share_its_data_and_no_other(
    monkeypatch, processor
):
    def breaks(device, shapes):
        yield "prefill", 1.0
        raise MemoryError("no memory\nleft")

    broken = tuple(
        replace(group, run=breaks) if "prefill" in group.kinds else group for group in GROUPS
    )
    monkeypatch.setattr(kit, "GROUPS", broken)
    tried = kit.self_test("cpu")
    assert set(tried.failed) == {"decode_64_4096", "decode_256_1024"}
    assert "no memory" in tried.failed["decode_64_4096"]
    assert "prefill" in tried.ran
    assert "bf16_sustained" in tried.ran


def test_block__newest_token_with_a_cache__is_the_last_row_of_the_prefill(processor):
    shape = QUICK.block
    block = Block.draw(processor, shape)
    batch, tokens = shape.prefill
    x = random_matrix(processor, batch * tokens, shape.hidden).view(batch, tokens, -1) * 50
    _, k, v = block._heads(x)
    keys, values = (
        part.view(batch, tokens, shape.key_heads, shape.head).transpose(1, 2).clone()
        for part in (k, v)
    )
    keys[:, :, -1:], values[:, :, -1:] = 0, 0
    whole, last = block.prefill(x), block.decode(x[:, -1:], keys, values)
    torch.testing.assert_close(last, whole[:, -1:], rtol=0.05, atol=0.02)
    assert not torch.allclose(whole[:, 0], whole[:, -1])


def test_block__compiled__is_one_graph(processor):
    block = Block.draw(processor, QUICK.block)
    batch, tokens = QUICK.block.prefill
    x = random_matrix(processor, batch * tokens, QUICK.block.hidden).view(batch, tokens, -1)
    found = torch._dynamo.explain(block.prefill)(x)
    assert found.graph_break_count == 0
    processor.release()


def test_operations__of_a_prefill_and_a_training_step__are_those_that_torch_counts(processor):
    shape = QUICK.block
    batch, tokens = shape.prefill
    block = Block.draw(processor, shape)
    x = random_matrix(processor, batch * tokens, shape.hidden).view(batch, tokens, -1)
    plainly = sdpa_kernel(SDPBackend.MATH)
    with plainly, FlopCounterMode(display=False) as counted, torch.no_grad():
        block.prefill(x)
    # The plain way takes the whole square of attention, of which a causal one needs half.
    square = 2 * 2 * batch * shape.heads[0] * tokens**2
    assert counted.get_total_flops() - square // 2 == shape.prefill_operations
    weights = sum(each.numel() for each in TrainingStep(processor, QUICK.train).model.parameters())
    stated = QUICK.train
    attention = 6 * stated.layers * stated.batch * stated.tokens**2 * stated.width
    products = stated.operations - attention
    assert products == 6 * (weights - stated.words * stated.width) * stated.batch * stated.tokens


def test_training_step__again_and_again__learns_its_batch(processor):
    step = TrainingStep(processor, QUICK.train)
    losses = [float(step().detach()) for _ in range(40)]
    assert losses[-1] < losses[0] - 0.05
    processor.release()


def test_fp8_product__of_the_kit__is_the_product_within_its_eight_bits(monkeypatch, processor):
    timed = []

    def once(self, work, repeats):
        timed.append(work())
        return 1.0

    monkeypatch.setattr(Device, "timed", once)
    torch.manual_seed(1)
    assert len(list(kinds._products(processor, QUICK))) == 2
    exact, rough = (each.float() for each in timed)
    assert (exact - rough).norm() / exact.norm() < 0.08
