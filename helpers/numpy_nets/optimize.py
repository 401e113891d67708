"""What turns gradients into learning: losses with their gradients, clipping, gradient descent, Adam, the loop."""

import numpy as np

from helpers.numpy_nets.checks import check_array, check_float, check_gradients, check_positive, checked_by
from helpers.numpy_nets.rnn import backward, forward, read_out, read_out_backward


def _check_mean_squared_error(y, target):
    check_float("y", y, "that of the target")
    check_array("target", target, y.shape, y.dtype, finite=False)
    if y.size == 0:
        raise ValueError(f"y: expected at least one number, got shape {y.shape}")


@checked_by(_check_mean_squared_error)
def mean_squared_error(y, target):
    """Return L = mean((y - target)^2) over all entries, and dL/dy = 2 (y - target) / size.

    Shapes: y and target alike, any shape -> a number, and an array of that shape.
    Raises: ValueError when they are no arrays of one shape and one dtype, float32 or float64, or are empty.
    Shown in: notebook 03.
    """
    difference = y - target
    return np.mean(difference**2), 2 * difference / difference.size


def softmax_cross_entropy(logits, labels):
    """Return L = mean(-log softmax(logits)[label]) over all examples, and dL/dlogits = (softmax - one-hot) / examples.

    Shapes: logits (..., classes), labels (...) whole numbers below classes -> a number, and (..., classes).
    Units: L in nats; chance among n classes is log n.
    Raises: ValueError when the shapes do not fit, the logits are no float32 or float64, or a label is no class.
    Used in: notebook 04.
    """
    check_float("logits", logits, "(..., classes)")
    if not logits.ndim or type(labels) is not np.ndarray:
        raise ValueError(f"logits, labels: expected arrays of shapes (..., classes) and (...), got {logits.shape} and {type(labels).__name__}")
    classes = logits.shape[-1]
    if labels.shape != logits.shape[:-1]:
        raise ValueError(f"labels: expected shape {logits.shape[:-1]}, got {labels.shape}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels: expected whole numbers, got dtype {labels.dtype}")
    if labels.size == 0 or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels: expected numbers from 0 to {classes - 1}, got {np.unique(labels)}")
    chosen = labels[..., None]
    log_softmax = logits - logits.max(axis=-1, keepdims=True)  # the largest becomes 0, so that exp cannot overflow
    log_softmax -= np.log(np.exp(log_softmax).sum(axis=-1, keepdims=True))
    loss = -np.take_along_axis(log_softmax, chosen, axis=-1).mean()
    grad = np.exp(log_softmax)
    np.put_along_axis(grad, chosen, np.take_along_axis(grad, chosen, axis=-1) - 1, axis=-1)
    return loss, grad / labels.size


def _check_clip_by_norm(gradients, max_norm):
    check_gradients(gradients, gradients)
    check_positive("max_norm", max_norm)


@checked_by(_check_clip_by_norm)
def clip_by_norm(gradients, max_norm):
    """Return the gradients, scaled by one factor so that their common norm is at most max_norm, and the norm before.

    The direction stays. The norm is taken over all arrays of the dict together, so hand over those of the parameters
    alone, without "x" and "h_0". Where the sum of squares goes beyond the dtype (in float32 from 2e19 on), the norm is
    inf and every gradient 0: look at the norm.

    Raises: ValueError when max_norm is not positive, or a gradient is no array of float32 or float64.
    Source: Pascanu, Mikolov, Bengio 2013.
    Shown in: notebook 04.
    """
    norm = float(np.sqrt(sum(np.vdot(gradient, gradient) for gradient in gradients.values())))
    factor = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return {name: factor * gradient for name, gradient in gradients.items()}, norm


def _check_clip_by_value(gradients, max_value):
    check_gradients(gradients, gradients)
    check_positive("max_value", max_value)


@checked_by(_check_clip_by_value)
def clip_by_value(gradients, max_value):
    """Return the gradients with every entry moved into -max_value .. max_value. The direction may change.

    Raises: ValueError when max_value is not positive, or a gradient is no array of float32 or float64.
    Shown in: notebook 04.
    """
    return {name: np.clip(gradient, -max_value, max_value) for name, gradient in gradients.items()}


def _check_sgd(parameters, gradients, lr):
    check_gradients(parameters, gradients)
    check_positive("lr", lr)


@checked_by(_check_sgd)
def sgd_update(parameters, gradients, lr):
    """Return new parameters, theta - lr dL/dtheta; the old ones stay as they are.

    Gradients of other names, "x" and "h_0" among them, are left alone.

    Raises: ValueError when a parameter has no gradient of its shape and dtype, or lr is not positive.
    Used in: notebook 04.
    """
    return {name: value - lr * gradients[name] for name, value in parameters.items()}


def _check_adam(parameters, gradients, moments, lr, betas=(0.9, 0.999), eps=1e-8):
    _check_sgd(parameters, gradients, lr)
    if np.shape(betas) != (2,) or not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"betas: expected two numbers from 0 to below 1, got {betas!r}")
    check_positive("eps", eps)
    for moment in moments[1:] if moments else ():
        check_gradients(parameters, moment)


@checked_by(_check_adam)
def adam_update(parameters, gradients, moments, lr, betas=(0.9, 0.999), eps=1e-8):
    """Return new parameters, and the moments that the next call needs; `moments` is None at the first call.

    With g = dL/dtheta: m <- beta_1 m + (1 - beta_1) g, v <- beta_2 v + (1 - beta_2) g^2, both from 0, which after n
    updates makes them too small by 1 - beta^n; theta <- theta - lr m' / (sqrt(v') + eps) with that put right.
    Gradients of other names, "x" and "h_0" among them, are left alone.

    Raises: ValueError when a parameter has no gradient of its shape and dtype, or a number is out of its range.
    Source: Kingma, Ba 2015.
    Shown in: notebook 03.
    """
    count, mean, square = moments or (0, dict.fromkeys(parameters, 0.0), dict.fromkeys(parameters, 0.0))
    count += 1
    updated, new_mean, new_square = {}, {}, {}
    for name, value in parameters.items():
        gradient = gradients[name]
        new_mean[name] = betas[0] * mean[name] + (1 - betas[0]) * gradient
        new_square[name] = betas[1] * square[name] + (1 - betas[1]) * gradient**2
        direction = new_mean[name] / (1 - betas[0] ** count)
        size = np.sqrt(new_square[name] / (1 - betas[1] ** count))
        updated[name] = value - lr * direction / (size + eps)
    return updated, (count, new_mean, new_square)


def loss_and_gradients(x, h_0, target, parameters):
    """Return the mean squared error of the read-out y, its gradients by name, and the last state.

    Forward, loss, backward: the gradients are those of every parameter, of "x" and of "h_0".

    Shapes: x (seq_len, batch, input_size), h_0 (batch, hidden_size) or None, target (seq_len, batch, output_size)
        -> a number, a dict, (batch, hidden_size).
    Raises: ValueError naming the argument, what was expected and what came.
    Shown in: notebook 03.
    """
    states = forward(x, h_0, parameters)
    y = read_out(states[1:], parameters)
    loss, grad_y = mean_squared_error(y, target)
    grad_output, gradients = read_out_backward(states[1:], grad_y, parameters)
    gradients |= backward(x, states, grad_output, parameters)
    return loss, gradients, states[-1]


def train(parameters, segments, lr):
    """Yield the loss before and the parameters after each update by Adam, one update per segment (x, target).

    The last state of a segment starts the next one. Its numbers are handed on, the gradient is not handed back:
    backpropagation through time, truncated to one segment.

    Shapes: as loss_and_gradients.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Williams, Peng 1990 (truncation); Kingma, Ba 2015 (Adam).
    Shown in: notebook 03.
    """
    h, moments = None, None
    for x, target in segments:
        loss, gradients, h = loss_and_gradients(x, h, target, parameters)
        parameters, moments = adam_update(parameters, gradients, moments, lr)
        yield loss, parameters
