"""The exercise of CONTRIBUTING.md is one: its solution passes, each mistake is recognised."""

import re

from ctkit.exercises import judging


def test_the_example_is_an_exercise(root, tmp_path):
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## An exercise\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    space = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), space)
    exercise = space["LENGTH"]
    assert judging.judge(exercise, exercise.solve).state == "right"
    assert len(exercise.mistakes) >= 5
    for mistake in exercise.mistakes:
        assert judging.judge(exercise, mistake.wrong).mistake is mistake, mistake.message
    assert exercise.cell() == (
        'def length(center, width):\n    return ...\n\n\nctkit.check("05.9", length)'
    )
    assert exercise.task().startswith("### Exercise 05.9 · How long is a window?\n\nWrite `length(")
