"""What is in data/, read only when its checksum is right.

Every loader raises FileNotFoundError when its file is not there, and ValueError when it is not the file that was published;
both say how to get it back.
"""

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import safetensors.numpy

DATA = Path(__file__).resolve().parents[1] / "data"


def sunspots():
    """Return the years 1700 to 2008 and the yearly mean sunspot number of each.

    Shapes: years (309,), numbers (309,), both float64.
    Units: sunspot number (no unit; counted groups and spots, old scale: see data/README.md).
    Source: National Geophysical Data Center, by way of statsmodels.
    Shown in: notebook 04.
    """
    table = np.loadtxt(BytesIO(_read("sunspots.csv")), delimiter=",", skiprows=1)
    years, numbers = table.T.copy()
    return years, numbers


def cell_costs():
    """Return what the NumPy cell costs: {quantity: (sizes, ratios)}; data/README.md says what is compared with what.

    Shapes: sizes and ratios (number of sizes,) for each quantity.
    Units: ratios of two times (no unit).
    Source: data/make_cell_costs.py.
    Shown in: notebook 02.
    """
    quantities = _grouped("cell_costs.csv", "quantity")
    return {quantity: (rows["size"], rows["ratio"]) for (quantity,), rows in quantities.items()}


def numpy_vs_torch():
    """Return what a training step costs by hidden size, NumPy beside torch.nn.RNN.

    The columns are hidden_size, numpy_over_torch, and numpy_growth, torch_growth and multiplications.

    Shapes: a structured array (7,).
    Units: ratios of two times (no unit); the last three in multiples of their own value in the first row.
    Source: data/make_numpy_vs_torch.py.
    Shown in: notebook 05.
    """
    return _table("numpy_vs_torch.csv")


def echo_runs():
    """Return (windows, losses, parameters) of the echo networks that were trained with truncated gradients.

    losses[i, seed] holds the mean squared error of window windows[i] in blocks of 30 updates; parameters[window, seed]
    are the last parameters, for windows 10 and 20; for window 5 they are those of the echo of delay 8.

    Shapes: windows (9,), losses (9, 5, 50).
    Units: squared standard deviations of the input; 1 is what a network without memory has.
    Source: data/make_echo_runs.py.
    Shown in: notebook 03.
    """
    arrays = _arrays("echo_runs.npz")
    windows, losses = arrays.pop("windows"), arrays.pop("losses")
    parameters = {}
    for key, of_seeds in arrays.items():
        name, window = key.rsplit("_", 1)
        for seed, array in enumerate(of_seeds):
            parameters.setdefault((int(window), seed), {})[name] = array
    return windows, losses, parameters


def surnames():
    """Return the surnames as a dict of arrays of strings: "name" (in the course's alphabet), "original" (as spelt),
    "language" and "part" ("train", "validation" or "test"), one entry for each row of the file.

    A name that several languages have stands once for each of them, always in the same part.

    Shapes: each (7594,).
    Source: Faker 40.54.0, by way of data/make_surnames.py.
    Shown in: notebook 09.
    """
    rows = [line.split(",") for line in _read("surnames.csv").decode().splitlines()]       # no field of ours is quoted
    return {column: np.array(values) for column, *values in zip(*rows, strict=True)}


def sine_runs():
    """Return how far the sine-to-cosine networks came at six learning rates, with clipping and without.

    "lr" of Adam, "max_norm" of the clipping (inf: none), "seed", and "training", the mean loss of the last 100 of 300 updates.

    Shapes: a structured array (360,).
    Source: data/make_sine_runs.py.
    Shown in: notebook 07.
    """
    return _table("sine_runs.csv")


def surname_scores():
    """Return the scores of those who told the surnames' languages, one row for each of them and each seed.

    "model": "majority", "naive Bayes 1" to "naive Bayes 4", and networks with their hidden size, "RNN 128", "RNN 230",
    "GRU 128", "LSTM 109", "LSTM 128"; "seed"; "smoothing" (naive Bayes alone, else 0); of the validation part
    "validation_cross_entropy" and "validation_accuracy"; of the test part "accuracy" and "macro_f1".

    Shapes: a structured array (30,).
    Units: cross-entropy in nats; the others are shares from 0 to 1.
    Source: data/make_surname_scores.py.
    Shown in: notebook 09.
    """
    return _table("surname_scores.csv")


def sunspot_refits():
    """Return what networks forecast for the sunspots, those trained up to 1920 and those trained again up to 1960.

    forecasts[part, model, scale, hidden_size, way, horizon], where part is "validation" (1921 to 1960) or "test" (1961 to 2008),
    scale "numbers" or "roots", way "recursive" or "direct", and horizon in years; epochs has the same keys.

    Shapes: forecasts (5, 40) or (5, 48), a row for each seed; epochs (5,).
    Units: sunspots.
    Source: data/make_sunspot_refits.py.
    Shown in: notebook 08.
    """
    runs = _grouped("sunspot_refits.csv", "part", "model", "scale", "hidden_size", "way", "horizon")
    return ({which: rows["forecast"].reshape(5, -1) for which, rows in runs.items()},
            {which: rows["epochs"].reshape(5, -1)[:, 0] for which, rows in runs.items()})


def sunspot_leaks():
    """Return what nn.RNN(1, 8) forecasts for 1961 to 2008, one year ahead, under the protocols of the leakage lab.

    forecasts[protocol], where protocol is "clean" or one of the others that data/make_sunspot_leaks.py describes.

    Shapes: (5, 48) each, a row for each seed.
    Units: sunspots.
    Source: data/make_sunspot_leaks.py.
    Shown in: notebook 08.
    """
    protocols = _grouped("sunspot_leaks.csv", "protocol")
    return {protocol: rows["forecast"].reshape(5, -1) for (protocol,), rows in protocols.items()}


def gradient_reach():
    """Return (learned, norms): how far back the gradient of the nets of helpers.numpy_nets.lags reaches, and how many learned.

    learned[net] is how many of five seeds learned to recall over 20 steps; norms[net, when], `when` being "before" or
    "after", holds the least, the median and the largest norm of the seeds for each lag.

    Shapes: norms[net, when] (3, 51).
    Source: data/make_gradient_reach.py.
    Shown in: notebook 10.
    """
    nets = _grouped("gradient_reach.csv", "net", "when")
    return ({net: int(rows["learned"][0]) for (net, _), rows in nets.items()},
            {key: np.array([rows["low"], rows["median"], rows["high"]]) for key, rows in nets.items()})


def surname_models():
    """Return what is known of the models that write surnames: {(model, quantity): (at, values)}.

    Models are "1-gram" to "7-gram", "tanh 64", "tanh 128", "tanh 225" and "GRU 128"; the quantities, and what `at` means for each, are
    described in data/make_surname_models.py.

    Shapes: at (n,), values (seeds, n).
    Source: data/make_surname_models.py.
    Shown in: notebook 09.
    """
    return {key: (np.unique(rows["at"]), rows["value"].reshape(len(set(rows["seed"])), -1))
            for key, rows in _grouped("surname_models.csv", "model", "quantity").items()}


def surname_writer():
    """Return the weights of a network that writes surnames, a tanh network of 128 units and its output layer, by name.

    Shapes: those in the state_dict of names.writer.NameWriter(128), NumPy arrays, float32.
    Source: data/make_surname_models.py.
    Shown in: notebooks 00 and 09.
    """
    return safetensors.numpy.load(_read("surname_writer.safetensors"))


def surname_reader():
    """Return the weights of the network that tells a surname's language, an LSTM of 128 units, by name.

    Shapes: those in the state_dict of names.reader.NameReader(nn.LSTM, 17), NumPy arrays, float32.
    Source: data/make_surname_scores.py.
    Used by: names.reader.stored_reader.
    """
    return safetensors.numpy.load(_read("surname_reader.safetensors"))


def latching():
    """Return (table, parameters): how the nets of helpers.numpy_nets.lags hold a symbol that they learned to recall over 20 steps.

    The columns of the table are net, seed, learned, left, later and one_later: see data/make_gradient_reach.py.
    parameters[seed] are those of the plain tanh net after training, for seeds 0 and 1, float64.

    Shapes: 40 rows, a NumPy array with named columns.
    Source: data/make_gradient_reach.py.
    Shown in: notebook 10.
    """
    parameters = {}
    for key, array in _arrays("latching.npz").items():
        name, seed = key.rsplit("_", 1)
        parameters.setdefault(int(seed), {})[name] = array
    return _table("latching.csv"), parameters


def recall_runs():
    """Return one row for each trained recall network, with the fields recurrent, adam, lag, seed, updates, accuracy and radius.

    What they mean is described in data/make_recall_runs.py.

    Shapes: 410 rows, a NumPy array with named columns.
    Source: data/make_recall_runs.py.
    Shown in: notebook 04.
    """
    return _table("recall_runs.csv")


def memory_sweep():
    """Return one row for each run of ten nets that learn to remember, with the columns that data/make_memory_sweep.py describes.

    Among them are task, lag, training, net, role, seed, updates, the skill at seven tested lags, and unseen, the mean skill
    at those that the training has not seen.

    Shapes: a structured array (runs,).
    Units: lag in steps; skill is 0 for guessing and 1 without a fault.
    Source: data/make_memory_sweep.py.
    Shown in: notebooks 10 and 11.
    """
    return _table("memory_sweep.csv")


def sequence_costs():
    """Return what reading sequences of growing length costs: {(layer, pass): (lengths, times)}.

    The layers are RNN, LSTM, convolution and attention; a pass is "forward" or "both", forward and backward.

    Shapes: lengths (8,), times (8,).
    Units: lengths in steps; times in multiples of that of the RNN, forward, at the shortest length.
    Source: data/make_sequence_costs.py.
    Shown in: notebook 10.
    """
    passes = _grouped("sequence_costs.csv", "layer", "pass")
    return {key: (rows["seq_len"], rows["ratio"]) for key, rows in passes.items()}


def pair_recall():
    """Return how many key-value pairs nets remember, with the fields net, state, parameters, seed, updates, pairs and accuracy,
    which data/make_pair_recall.py describes.

    Shapes: a structured array (280,).
    Units: accuracy is the share of right answers; a guess has 0.5.
    Source: data/make_pair_recall.py.
    Shown in: notebook 11.
    """
    return _table("pair_recall.csv")


def linear_writers():
    """Return how well an LRU, a minGRU and a GRU of equal size predict surnames, one row for each run, with the fields net,
    units, parameters, lr, seed, chosen, epochs, validation and test, which data/make_linear_writers.py describes.

    Shapes: a structured array (runs,).
    Units: validation and test are perplexities per symbol.
    Source: data/make_linear_writers.py.
    Shown in: notebook 11.
    """
    return _table("linear_writers.csv")


def chrono_runs():
    """Return how gated nets learned to recall from several biases, with the fields net, bias, lag, seed, updates, ending, same
    and unseen, which data/make_chrono_runs.py describes; bias is "default", "1", "3", "5" or "chrono".

    Shapes: a structured array (100,).
    Units: lag in steps; same and unseen are skills, 0 for guessing and 1 without a fault.
    Source: data/make_chrono_runs.py.
    Shown in: notebook 10.
    """
    return _table("chrono_runs.csv")


def scan_costs():
    """Return what the scans of helpers.numpy_nets.linear cost beside the loop: {(scan, channels): (lengths, ratios)}.

    The scans are "doubling" and "tree"; channels is how many recurrences run side by side.

    Shapes: lengths (5,), ratios (5,).
    Units: lengths in steps; ratios in multiples of the loop's time over the same numbers (no unit).
    Source: data/make_scan_costs.py.
    Shown in: notebook 11.
    """
    scans = _grouped("scan_costs.csv", "scan", "channels")
    return {key: (rows["seq_len"], rows["ratio"]) for key, rows in scans.items()}


def token_costs():
    """Return what one more token costs a GRU and attention with a cache: {layer: (tokens, kept, ratios)}.

    The layers are "GRU" and "attention"; tokens is how many there were before, kept how many numbers are kept for them.

    Shapes: tokens (8,), kept (8,), ratios (8,).
    Units: ratios in multiples of the GRU's shortest time (no unit).
    Source: data/make_token_costs.py.
    Shown in: notebook 11.
    """
    layers = _grouped("token_costs.csv", "layer")
    return {layer: (rows["tokens"], rows["kept"], rows["ratio"]) for (layer,), rows in layers.items()}


def sunspot_training():
    """Return a dict of arrays: curves and checkpoints of networks that were trained on the sunspots past their best.

    "rates", "seeds" and "epochs" say what was run and when a checkpoint was kept; "training", "validation" and
    "grad_norm" are the curves by rate, seed and epoch; the others are parameters, by the names of helpers.numpy_nets.rnn.

    Shapes: rates (3,), seeds (3,), epochs (31,), curves (3, 3, 150), parameters (3, 3, 31, ...).
    Units: training and validation in sunspots (root of the mean squared error).
    Source: data/make_sunspot_training.py.
    Used in: helpers/explorers/scrub_the_sunspots.py.
    """
    return _arrays("sunspot_training.npz")


def _arrays(name):
    """Return the arrays of an npz file by name."""
    with np.load(BytesIO(_read(name))) as stored:
        return dict(stored)


def _grouped(name, *columns):
    """Return {values of these columns: the rows that have them} of a csv file, all in the file's order."""
    table, places = _table(name), {}
    for place, key in enumerate(zip(*(table[column].tolist() for column in columns), strict=True)):
        places.setdefault(key, []).append(place)
    return {key: table[here] for key, here in places.items()}


def _table(name):
    """Return a csv file as a structured array, each column of the type that NumPy sees in it."""
    return np.genfromtxt(BytesIO(_read(name)), delimiter=",", names=True, dtype=None, encoding="ascii")


def _read(name):
    """Return the bytes of data/<name>, which must have the checksum that data/SHA256SUMS gives."""
    expected = _published_checksum(name)
    restore = f"restore it with: git checkout -- data/{name}"
    try:
        content = (DATA / name).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"data/{name}: expected SHA-256 {expected}, found no file; {restore}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ValueError(f"data/{name}: expected SHA-256 {expected}, found {found}; {restore}")
    return content


def _published_checksum(name):
    restore = "restore it with: git checkout -- data/SHA256SUMS"
    try:
        lines = (DATA / "SHA256SUMS").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        raise FileNotFoundError(f"data/SHA256SUMS: expected the checksum of {name}, found no file; {restore}") from None
    for line in lines:
        if line.endswith(f"  {name}"):
            return line.split()[0]
    raise ValueError(f"data/SHA256SUMS: expected a line for {name}, found none; {restore}")
