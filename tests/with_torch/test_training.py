"""Training a torch module: best state, interrupt, reproducibility, clipping; and checkpoints that fit or do not."""

import copy
import math
import os

import pytest
import torch
from torch import nn

from helpers.numpy_nets.toy_tasks import sine_to_cosine
from helpers.pictures import progress as bar
from helpers.pictures.progress import progress
from helpers.seed import set_seed
from helpers.with_torch.training import detached, fit, load, save, train_epoch, train_segments


class Network(nn.Module):
    """A recurrent layer, dropout and a linear read-out; returns the prediction and the last state."""

    def __init__(self, hidden_size=4, dropout=0.0):
        super().__init__()
        self.rnn = nn.RNN(1, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden_size, 1)

    def forward(self, x, h=None):
        output, h_n = self.rnn(x, h)
        return self.out(self.dropout(output)), h_n


def loss_of(model, batch):
    x, target = batch
    return nn.functional.mse_loss(model(x)[0], target)


def data(seed=0, count=3):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 6, 5, 1, generator=generator)
    return list(zip(x, x.cumsum(dim=2)))


def run(seed=0, dropout=0.0, validate=None, **options):
    """Return the model and the history of a short training from this seed."""
    set_seed(seed)
    model = Network(dropout=dropout)
    options = {"epochs": 5, "lr": 0.01} | options
    validate = validate or (lambda model: loss_of(model, data(1, 1)[0]))
    return model, fit(model, lambda epoch: data(), loss_of, validate, **options)


def same(state, other):
    return state.keys() == other.keys() and all(torch.equal(state[name], other[name]) for name in state)


class Scores:
    """A validation that gives prepared numbers and remembers the state at each."""

    def __init__(self, *numbers):
        self.numbers, self.states = list(numbers), []

    def __call__(self, model):
        self.states.append(copy.deepcopy(model.state_dict()))
        number = self.numbers[len(self.states) - 1]
        if number is KeyboardInterrupt:
            raise KeyboardInterrupt
        return number


# fit

def test_the_loss_falls_and_each_epoch_has_its_row():
    _, history = run(epochs=40)
    assert [row["epoch"] for row in history] == list(range(1, 41))
    assert all(row.keys() == {"epoch", "loss", "grad_norm", "validation"} for row in history)
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]
    assert history[-1]["validation"] < history[0]["validation"]


def test_two_runs_from_one_seed_are_equal_to_the_last_bit():
    model, history = run(seed=3, dropout=0.3)
    again, history_again = run(seed=3, dropout=0.3)
    other, _ = run(seed=4, dropout=0.3)
    assert history == history_again and same(model.state_dict(), again.state_dict())
    assert not same(model.state_dict(), other.state_dict())


@pytest.mark.parametrize("numbers, options, epochs, best", [
    ([3.0, 1.0, 2.0, 1.0, 5.0], {}, 5, 1),
    ([3.0, 2.0, 2.5, 1.0, 2.0, 1.0, 0.5], {"epochs": 7, "patience": 2}, 6, 3),
    ([math.nan, 2.0, math.nan], {"epochs": 3}, 3, 1),
], ids=["the first of the lowest", "patience since the best", "no number is never the best"])
def test_the_best_state_is_kept_not_the_last(numbers, options, epochs, best):
    scores = Scores(*numbers)
    model, history = run(validate=scores, **options)
    assert [row["validation"] for row in history] == pytest.approx(numbers[:epochs], nan_ok=True)
    assert same(model.state_dict(), scores.states[best])
    assert not same(scores.states[best], scores.states[-1])


def test_an_interrupt_keeps_the_best_and_says_so(capsys):
    scores = Scores(3.0, 1.0, 2.0, KeyboardInterrupt)
    model, history = run(validate=scores)
    assert len(history) == 3
    assert same(model.state_dict(), scores.states[1])
    assert not model.training
    assert capsys.readouterr().out == "Interrupted in epoch 4: the model keeps its best state, that of epoch 2.\n"


def test_an_interrupt_in_the_first_epoch_leaves_the_model_as_it_came():
    def interrupted(epoch):
        yield from data()
        raise KeyboardInterrupt
    set_seed(0)
    model = Network()
    start = copy.deepcopy(model.state_dict())
    assert fit(model, interrupted, loss_of, Scores(), epochs=5, lr=0.01) == []
    assert same(model.state_dict(), start)


def test_other_errors_are_not_swallowed():
    def broken(model):
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        run(validate=broken)


def test_validation_sees_the_model_at_rest_and_training_does_not():
    seen = []

    def watched(model, batch):
        seen.append((model.training, torch.is_grad_enabled()))
        return loss_of(model, batch)

    model = Network(dropout=0.5)
    history = fit(model, lambda epoch: data(count=1), watched, lambda model: watched(model, data()[0]), epochs=2, lr=0.01)
    assert seen == [(True, True), (False, False)] * 2
    assert isinstance(history[0]["validation"], float) and not model.training


def test_batches_are_asked_for_by_epoch():
    asked = []
    fit(Network(), lambda epoch: asked.append(epoch) or data(), loss_of, lambda model: 1.0, epochs=3, lr=0.01)
    assert asked == [1, 2, 3]


def test_training_is_silent_in_a_script(capfd):
    run()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", [
    {"epochs": 0}, {"epochs": 2.5}, {"epochs": True}, {"patience": 0}, {"lr": 0}, {"lr": -0.1}, {"max_norm": 0},
    {"max_norm": math.nan},
], ids=str)
def test_settings_that_cannot_be_meant_are_named(wrong):
    name, value = next(iter(wrong.items()))
    with pytest.raises(ValueError, match=f"^{name}: expected .* got {value!r}$"):
        run(**wrong)


# One epoch, and segments

class Recorder(torch.optim.SGD):
    """Plain descent that remembers the norm of the gradient which it is given."""

    norms = ()

    def step(self, closure=None):
        squares = [parameter.grad.square().sum() for group in self.param_groups for parameter in group["params"]]
        self.norms = (*self.norms, float(torch.stack(squares).sum().sqrt()))
        return super().step(closure)


def test_the_gradient_is_clipped_and_its_norm_told_as_it_was_before():
    set_seed(0)
    model, free = Network(), Network()
    free.load_state_dict(model.state_dict())
    optimizer, free_optimizer = Recorder(model.parameters(), lr=1e-9), Recorder(free.parameters(), lr=1e-9)
    loss, norm = train_epoch(model, data(), loss_of, optimizer, 0.01)
    free_loss, free_norm = train_epoch(free, data(), loss_of, free_optimizer, math.inf)
    assert optimizer.norms == pytest.approx([0.01] * 3, rel=1e-3)
    assert norm == pytest.approx(free_norm, rel=1e-5) and min(free_optimizer.norms) > 0.02
    assert free_norm == pytest.approx(sum(free_optimizer.norms) / 3, rel=1e-5)
    assert loss == pytest.approx(sum(loss_of(model, batch).item() for batch in data()) / 3, rel=1e-5)
    assert loss == pytest.approx(free_loss)


def segments(count):
    for number in range(count):
        x, target = sine_to_cosine(10, phase=number * torch.pi)
        yield torch.tensor(x[:, 0][None], dtype=torch.float32), torch.tensor(target[:, 0][None], dtype=torch.float32)


class Watched(Network):
    """The same with two layers of any kind, and it keeps the states that it was handed."""

    def __init__(self, kind):
        super().__init__()
        self.rnn, self.states = kind(1, 4, num_layers=2, batch_first=True), []

    def forward(self, x, h=None):
        self.states.append(h)
        return super().forward(x, h)


@pytest.mark.parametrize("kind, parts", [(nn.RNN, 1), (nn.GRU, 1), (nn.LSTM, 2)])
def test_every_kind_of_state_is_carried_as_numbers_alone(kind, parts):
    model = Watched(kind)
    losses = list(train_segments(model, segments(4), 0.01))
    assert len(losses) == 4 and model.states[0] is None
    for state in model.states[1:]:
        tensors = state if isinstance(state, tuple) else (state,)
        assert len(tensors) == parts
        assert all(tensor.shape == (2, 1, 4) and tensor.abs().max() > 0 and not tensor.requires_grad for tensor in tensors)


def test_without_carry_each_segment_starts_at_zeros():
    model = Watched(nn.RNN)
    list(train_segments(model, segments(4), 0.01, carry=False))
    assert model.states == [None] * 4


@pytest.mark.parametrize("as_list", [False, True])
def test_detached_keeps_the_numbers_of_any_state(as_list):
    h, c = torch.randn(2, 3, requires_grad=True), torch.randn(2, 3, requires_grad=True)
    state = [2 * h, (2 * c,)] if as_list else (2 * h, (2 * c,))
    kept_h, (kept_c,) = detached(state)
    assert torch.equal(kept_h, 2 * h) and torch.equal(kept_c, 2 * c)
    assert not kept_h.requires_grad and not kept_c.requires_grad and state[0].requires_grad
    assert isinstance(detached(2 * h), torch.Tensor)


def test_a_carried_network_learns_cosine_from_sine():
    set_seed(0)
    losses = [loss for loss, _ in train_segments(Network(16), segments(300), 0.02)]
    assert losses[0] > 0.3 and sum(losses[-20:]) / 20 < 0.05


# The bar

@pytest.fixture
def page(monkeypatch):
    """Pretend to be in a notebook; return the list of tqdm's bars and of what is displayed."""
    bars, shown, make = [], [], bar.tqdm

    def remembered(**options):
        bars.append(make(**options))
        return bars[-1]
    monkeypatch.setattr(bar, "get_ipython", lambda: True)
    monkeypatch.setattr(bar, "tqdm", remembered)
    monkeypatch.setattr(bar, "display", lambda data, raw: shown.append(data))
    return bars, shown


def style_of(tqdm_bar):
    return tqdm_bar.container.children[1].bar_style


def test_a_bar_shows_the_loss_and_stores_one_line(page):
    bars, shown = page
    losses = []
    for step in progress(range(3), 3, "training", "epochs", lambda: f"loss {losses[-1]:.2f}"):
        losses.append(1 / (step + 1))
    assert [data["text/plain"] for data in shown] == ["training: 3 epochs."]
    assert bars[0].n == 3 and bars[0].postfix == "loss 0.33" and style_of(bars[0]) == "success"


@pytest.mark.parametrize("seen", [1, 2])
def test_a_bar_that_ends_early_is_whole_and_not_red(page, seen):
    bars, _ = page
    for count, _ in enumerate(progress(range(100), 100, "training", "epochs", str), 1):
        if count > seen:
            break
    assert (bars[0].n, bars[0].total, bars[0].container.children[1].max) == (seen, seen, seen)
    assert style_of(bars[0]) != "danger"


def test_a_bar_is_red_where_what_it_counts_fails(page):
    def failing():
        yield 1
        raise ZeroDivisionError
    bars, _ = page
    with pytest.raises(ZeroDivisionError):
        list(progress(failing(), 9, "training", "epochs", str))
    assert style_of(bars[0]) == "danger"


# Checkpoints

def test_what_is_saved_is_loaded(tmp_path):
    model, other = Network(), Network()
    save(model, str(tmp_path / "net.pt"))
    assert not same(model.state_dict(), other.state_dict())
    assert load(other, tmp_path / "net.pt") is other
    assert same(model.state_dict(), other.state_dict())
    assert os.listdir(tmp_path) == ["net.pt"]
    assert same(torch.load(tmp_path / "net.pt", weights_only=True), model.state_dict())


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_checkpoint_is_as_readable_as_any_file(tmp_path):
    (tmp_path / "any").write_bytes(b"")
    save(Network(), tmp_path / "net.pt")
    assert os.stat(tmp_path / "net.pt").st_mode == os.stat(tmp_path / "any").st_mode
    os.chmod(tmp_path / "net.pt", 0o640)
    save(Network(), tmp_path / "net.pt")
    assert os.stat(tmp_path / "net.pt").st_mode & 0o777 == 0o640


def test_saving_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    model = Network()
    save(model, tmp_path / "net.pt")
    before = (tmp_path / "net.pt").read_bytes()

    def full(state, file):
        file.write(b"half")
        raise OSError("no space left")
    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="no space left"):
        save(model, tmp_path / "net.pt")
    assert (tmp_path / "net.pt").read_bytes() == before and os.listdir(tmp_path) == ["net.pt"]


class WithoutReadOut(nn.Module):
    """A recurrent layer alone, with a name of its own for it."""

    def __init__(self):
        super().__init__()
        self.rnn, self.scale = nn.RNN(1, 4, bias=False), nn.Parameter(torch.ones(1))


@pytest.mark.parametrize("model, parts", [
    (Network(8), ["weight_hh_l0 has shape (4, 4), expected (8, 8)", "out.weight has shape (1, 4), expected (1, 8)"]),
    (WithoutReadOut(), ["scale is missing", "rnn.bias_ih_l0 is unknown", "out.weight is unknown"]),
], ids=["sizes", "names"])
def test_a_checkpoint_that_does_not_fit_says_what_differs_and_changes_nothing(tmp_path, model, parts):
    save(Network(4), tmp_path / "net.pt")
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError) as caught:
        load(model, tmp_path / "net.pt")
    assert str(caught.value).startswith("net.pt does not fit the model: ")
    for part in parts:
        assert part in str(caught.value)
    assert same(model.state_dict(), before)


def damaged(content):
    """Return damaged versions of a checkpoint's bytes, by what was done to them."""
    yield "empty", b""
    for size in (1, 10, 100, len(content) // 2, len(content) - 1):
        yield f"cut at {size}", content[:size]
    yield "text", b"hello, this is not a checkpoint"
    yield "zip alone", b"PK\x03\x04" + bytes(200)
    for place in range(0, len(content), 23):
        yield f"byte {place} turned", content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1:]


def test_a_damaged_file_is_refused_in_words_and_changes_nothing(tmp_path):
    path, model = tmp_path / "net.pt", Network()
    save(model, path)
    content, start, read = path.read_bytes(), copy.deepcopy(model.state_dict()), 0
    for what, bad in damaged(content):
        path.write_bytes(bad)
        try:
            load(model, path)
            read += 1
        except ValueError as error:
            assert str(error).startswith("net.pt: expected a checkpoint"), what
        assert same(model.state_dict(), start), what
    assert read < 0.5 * len(content) / 23                      # what stands twice in a zip, or pads it, is read over


def test_one_changed_byte_of_a_weight_is_refused(tmp_path):
    path, model = tmp_path / "net.pt", Network()
    save(model, path)
    content, start = path.read_bytes(), copy.deepcopy(model.state_dict())
    for name, tensor in start.items():
        place = content.index(tensor.numpy().tobytes())
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1:])
        with pytest.raises(ValueError, match="^net.pt: expected a checkpoint, got a damaged file$"):
            load(model, path)
        assert same(model.state_dict(), start), name


@pytest.mark.parametrize("content", [[1, 2], {"a": 3}, torch.ones(3)], ids=["list", "numbers", "tensor"])
def test_what_is_no_state_dict_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "net.pt")
    with pytest.raises(ValueError, match="net.pt: expected a dict of tensors by name, got a"):
        load(Network(), tmp_path / "net.pt")


class Command:
    """Unpickled without care, it makes a directory."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_code_in_a_file_is_refused_and_not_run(tmp_path):
    trap = str(tmp_path / "trap")
    torch.save({"a": Command(trap)}, tmp_path / "net.pt")
    with pytest.raises(ValueError, match="net.pt: expected a checkpoint"):
        load(Network(), tmp_path / "net.pt")
    assert not os.path.exists(trap)
    torch.load(tmp_path / "net.pt", weights_only=False)                    # the trap is a real one
    assert os.path.exists(trap)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="^net.pt: expected a checkpoint, found no file$"):
        load(Network(), tmp_path / "net.pt")
