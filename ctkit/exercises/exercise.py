r"""What an exercise is: a task, inputs that an answer is tried on, and the mistakes that it knows.

An exercise stands in one small file: a module ``page_NN.py`` of this folder holds those of a page.
The right answer and each wrong one are plain functions below the exercise, and decorated by it::

    LOWER_END = Exercise(
        "05.1",
        title="The lower end of a window",
        prompt="Write `lower_end(center, width)`: the value in HU below which all is black.",
        stub="def lower_end(center, width):\n    return ...",
        cases=(Case("an even width", 40, 80), Case("an odd width", 40, 81)),
        why="An end that is half a HU off moves every grey of a narrow window.",
        hints=("Where is the middle of the window?", "...", "`center - 0.5 - (width - 1) / 2`"),
        unit="HU",
    )

    @LOWER_END.right("The standard's formula, term by term.")
    def lower_end(center, width):
        return center - 0.5 - (width - 1) / 2

    @LOWER_END.mistake("You halved the width by `//`. That drops half a HU of each odd width.")
    def halved_by_floor(center, width):
        return center - width // 2
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Answer = TypeVar("Answer", bound=Callable)


class Case:
    """One input that an answer is tried on.

    Parameters
    ----------
    words : str
        What is special about it, as it stands in a sentence: "an odd width".
    *arguments
        What the answer is called with. A function without parameters is called for each try and
        makes its argument anew; arrays are copied for each try.
    """

    def __init__(self, words: str, *arguments: Any) -> None:
        self.words = words
        self.arguments = arguments

    def __repr__(self) -> str:
        return f"Case({self.words!r})"


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners give, and what to say to who gives it.

    Attributes
    ----------
    wrong : callable
        Takes what the exercise's right answer takes, and answers as a learner would who makes this
        mistake. It may raise, as theirs would.
    message : str
        Two or three short sentences: what was done, and what it does to HU or mm. It does not
        give the solution away.
    """

    wrong: Callable
    message: str


@dataclass(eq=False)
class Exercise:
    """A task that checks itself.

    Attributes
    ----------
    id : str
        The page and a number: "05.1".
    title : str
        A few words.
    prompt : str
        The task, in Markdown.
    stub : str
        What stands in the answer cell. It defines one name, and its answer is ``...``: either
        ``def name(...)`` that ends in ``return ...``, or ``name = ...``. Or it is a whole function
        with a bug to find, which imports nothing.
    cases : tuple of Case
        The inputs, the smallest first: the first on which an answer differs is the one shown. An
        answer that is no function has one case without arguments.
    why : str
        One sentence for who is right: why it matters.
    hints : tuple of str
        From the idea to the line.
    choices : tuple of str
        For an answer that is picked: the texts to choose from, lettered a, b, c. The answer is
        then a letter, or several in one text ("ac").
    unit : str
        Of the values that come out: "HU", "mm", "voxels", or "".
    tolerance : float
        How far a number may lie from the right one, in `unit`. The prompt or page states it.
    types : bool
        Whether the type of an array counts as well: uint8 is not float64. The prompt says so.
    """

    id: str
    title: str
    prompt: str
    stub: str
    cases: tuple[Case, ...]
    why: str
    hints: tuple[str, ...]
    choices: tuple[str, ...] = ()
    unit: str = ""
    tolerance: float = 1e-6
    types: bool = False
    solve: Callable = field(init=False)
    explained: str = field(init=False)
    mistakes: list[Mistake] = field(init=False, default_factory=list)

    def right(self, explained: str) -> Callable[[Answer], Answer]:
        """Take the function below as the right answer; one sentence says why it is written so."""

        def keep(function: Answer) -> Answer:
            self.solve, self.explained = function, explained
            return function

        return keep

    def mistake(self, message: str) -> Callable[[Answer], Answer]:
        """Take the function below as a wrong answer that learners give, with its message."""

        def keep(function: Answer) -> Answer:
            self.mistakes.append(Mistake(function, message))
            return function

        return keep

    @property
    def page(self) -> str:
        """The number of the page: "05"."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """The name that the stub defines, and `check` is given."""
        (first,) = (
            node
            for node in ast.parse(self.stub).body
            if isinstance(node, ast.FunctionDef | ast.Assign)
        )
        return first.name if isinstance(first, ast.FunctionDef) else ast.unparse(first.targets[0])

    @property
    def is_function(self) -> bool:
        """Whether the answer is a function."""
        return any(isinstance(node, ast.FunctionDef) for node in ast.parse(self.stub).body)

    @property
    def comes_wrong(self) -> bool:
        """Whether the stub is a function with a bug, and no gap to fill."""
        return not any(
            isinstance(node, ast.Constant) and node.value is ...
            for node in ast.walk(ast.parse(self.stub))
        )

    def as_it_came(self) -> Callable:
        """The function of a stub that comes wrong, with the modules that the page's own have."""
        module = inspect.getmodule(self.solve)
        space: dict[str, Any] = {
            name: one for name, one in vars(module).items() if inspect.ismodule(one)
        }
        exec(self.stub, space)
        return space[self.name]

    def task(self) -> str:
        """The exercise as Markdown for a page: heading, prompt and choices."""
        letters = "abcdefghij"
        listed = [
            f"- **{letter})** {text}" for letter, text in zip(letters, self.choices, strict=False)
        ]
        parts = [f"### Exercise {self.id} · {self.title}", self.prompt, "\n".join(listed)]
        return "\n\n".join(filter(None, parts))

    def cell(self) -> str:
        """The answer cell of a page: the stub, and the call that checks it."""
        lines = "\n\n\n" if self.is_function else "\n\n"
        return f'{self.stub.rstrip()}{lines}ctkit.check("{self.id}", {self.name})'

    def code(self) -> str:
        """The right answer as the learner would write it.

        Of a function its source; of a value ``name = value``, as its function returns it.
        """
        lines = textwrap.dedent(inspect.getsource(self.solve)).splitlines(keepends=True)
        start = next(i for i, line in enumerate(lines) if line.startswith("def "))
        source = "".join(lines[start:])
        return source if self.is_function else self._assigned(source)

    def _assigned(self, source: str) -> str:
        *before, last = ast.parse(source).body[0].body  # type: ignore[attr-defined]
        value = ast.unparse(last.value)
        return "".join(f"{ast.unparse(one)}\n" for one in before) + f"{self.name} = {value}\n"
