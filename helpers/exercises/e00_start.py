"""The exercise of notebook 00: a tiny one, to see what a check says."""

from helpers.exercises.engine import value_exercise


@value_exercise(
    shown="The impulse counts in full when it arrives, and each later step keeps nine tenths of what is left.",
    hints=("After step 1 the memory holds 1. How much of that is left one step later?",
           "Step 3 keeps nine tenths of what step 2 left. Only steps 2 and 3 take anything away."))
def one_impulse():
    """Work out what the memory holds after step 3, and put it in place of the dots."""
    kept = 0.9
    h_1 = 1
    h_2 = kept * h_1
    h_3 = kept * h_2
    return {"h_3": h_3}


one_impulse.knows(
    ("loss subtracted, not multiplied", "Each step takes a tenth of what is left, not a tenth of the whole impulse.",
     [("h_2 = kept * h_1", "h_2 = h_1 - 0.1"), ("h_3 = kept * h_2", "h_3 = h_2 - 0.1")],
     [("h_1 = 1", "h_1 = 1 - 0.1"), ("h_2 = kept * h_1", "h_2 = h_1 - 0.1"), ("h_3 = kept * h_2", "h_3 = h_2 - 0.1")]),
    ("one step too many", "You've already shrunk the impulse in the step in which it arrives.", ("h_1 = 1", "h_1 = kept * 1")),
    ("one step too few", "That's what the memory holds after step 2.", ("kept * h_2", "h_2")),
    ("kept and lost mixed up", "0.9 is the share that stays. You've used the share that goes.", ("kept = 0.9", "kept = 0.1")),
    ("lost in place of left", "That's how much is gone. The question asks how much is left.", ("h_3 = kept", "h_3 = 1 - kept")),
    ("an impulse at every step", "Only step 1 brings an impulse. Nothing arrives in steps 2 and 3.",
     [("h_2 = kept * h_1", "h_2 = kept * h_1 + 1"), ("h_3 = kept * h_2", "h_3 = kept * h_2 + 1")]),
    ("times in place of to the power of", "Keeping nine tenths twice is not twice nine tenths. Go one step at a time.",
     ("kept * h_2", "kept * 2"), ("kept * h_2", "kept * 3")),
    ("the impulse never fades", "That would be right if the memory kept everything. It keeps nine tenths.",
     ("kept = 0.9", "kept = 1")))
