"""What counts as prose, as a sentence and as passive, when the pages are compared with others."""

import importlib.util
import sys

import pytest

PAGE = """# A heading is no prose

| a | table |
|---|---|
| with | cells. |

**Predict.** The slices lie 1.5 mm apart (e.g. here). `load` reads
$x$ of [the file](a.md). What then?

```python
print("no. prose. here.")
```

- One point of a list

## Further reading

- A. Author, a title that nobody reads aloud.
"""


@pytest.fixture(scope="module")
def tool(root):
    path = root / "benchmarks" / "readability.py"
    spec = importlib.util.spec_from_file_location("readability", path)
    module = sys.modules["readability"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_prose_counts(tool):
    found = [one for text in tool.paragraphs(PAGE) for one in tool.sentences(text)]
    assert found == [
        "The slices lie 1.5 mm apart (e.g. here).",
        "Code reads Code of the file.",
        "What then?",
        "One point of a list",
    ]
    assert [len(tool.words(one)) for one in found] == [8, 6, 2, 5]


@pytest.mark.parametrize(
    ("sentence", "passive"),
    [
        ("This is called a kernel.", True),
        ("The edge was not always found.", True),
        ("Values are then carefully rounded.", True),
        ("The scan is tilted.", True),
        ("The head is on the left.", False),
        ("We found the edge.", False),
        ("It is red.", False),
    ],
)
def test_passive_sentences_are_found(tool, sentence, passive):
    assert tool.is_passive(sentence) == passive


def test_a_cell_for_teachers_is_not_read_by_learners(tool, tmp_path):
    script = tmp_path / "42_a.py"
    script.write_text('# %% [markdown]\n# Seen.\n\n# %% [markdown] tags=["teacher"]\n# Unseen.\n')
    assert tool.prose(script) == "Seen."
