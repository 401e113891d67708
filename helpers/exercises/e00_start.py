"""The exercise of notebook 00: a tiny one, to see what a check says."""

from helpers.exercises.engine import value_exercise


@value_exercise(
    shown="The knock counts in full when it comes, and each step after it keeps nine tenths of what is there.",
    hints=(
        "After step 1 the memory holds 1. What is left of it one step later?",
        "Step 3 keeps nine tenths of what step 2 has left, and steps 2 and 3 are the only ones that take something away.",
    ),
)
def one_knock():
    """Work out what the memory holds after step 3, and put it in place of the dots."""
    return {"h_3": 0.9**2}


@one_knock.mistake("loss subtracted, not multiplied")
def _():
    """A tenth is lost of what is there, not of the whole knock every time."""
    return {"h_3": 0.8}


@one_knock.mistake("one step too many")
def _():
    """The knock has been made smaller in the step that it comes in as well."""
    return {"h_3": 0.9**3}


@one_knock.mistake("one step too few")
def _():
    """That is what it holds after step 2."""
    return {"h_3": 0.9}


@one_knock.mistake("kept and lost mixed up")
def _():
    """0.9 is the share that stays, not the share that goes."""
    return {"h_3": 0.1**2}
