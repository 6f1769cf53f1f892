"""Questions about a given text. The answer is the sentence of the text that holds it, as it stands there.

Copying the right sentence is what a model of this size can do for any text, also for one whose kind it
has never seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from . import words
from .conversation import Conversation
from .events import event
from .phrasing import lead, question
from .relations import SUBJECTS, Relation
from .world import World, capital

UNKNOWN: Final = "The text does not say."
_THOUGHT: Final = "I look for the answer in the text."
_INTROS: Final = (
    "Use the following context to answer the question.", "Answer the question based on the context.", "Answer the question using only the context below.",
    "Use the following pieces of context to answer the question. If you don't know the answer, say that you don't know.", "Here is some information.",
    "Read the text and answer.", "Answer from the text.", "Please read this carefully.", "Use only this text.", "The following was found:",
    "You are an assistant for question-answering tasks. Use the retrieved context to answer the question. Keep the answer concise.",
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A sentence of a passage and a question that it answers."""

    sentence: str
    questions: tuple[str, ...]


def facts(world: World, count: int) -> list[Fact]:
    """Facts about a few subjects, several about the same one."""
    found: list[Fact] = []
    eventful = world.pick(0.0, 0.2, 0.5, 0.9)
    while len(found) < count:
        if world.chance(eventful):
            text, questions = event(world)
            found.append(Fact(capital(text) + ".", questions))
            continue
        name, relations, pronoun = world.choice(SUBJECTS)
        subject = name(world)
        told = world.sample(list(relations), min(len(relations), world.weighted({1: 45, 2: 30, 3: 15, 4: 10})))
        for position, relation in enumerate(told[: count - len(found)]):
            found.append(_fact(world, relation, subject, pronoun if position else ""))
    return found


def one_fact(world: World) -> Fact:
    return facts(world, 1)[0]


def _fact(world: World, relation: Relation, subject: str, pronoun: str) -> Fact:
    form, value = world.choice(relation.statements), str(relation.value(world))
    shown = subject
    if pronoun and form.startswith("{x}") and world.chance(0.3):
        shown = pronoun
    text = form.replace("{x}", shown).replace("{v}", value)
    if world.chance(0.22):
        text = world.pick(
            f"according to {world.name()}, {text}", f"as everybody knows, {text}", f"{text}, as {world.first_name()} found out", f"after a long debate, {text}",
            f"{text}, which surprised many people", f"{text}, and {world.first_name()} was happy about it", f"at that time, {text}", f"it is said that {text}",
            f"{text}, despite the {world.noun()}", f"today {text}" if " in " not in text else text, f"{text} because of the {world.noun()}", f"in fact, {text}",
        )  # fmt: skip
    return Fact(capital(text) + ".", tuple(each.replace("{x}", subject) for each in relation.questions))


def filler(world: World) -> str:
    """A sentence that answers nothing."""
    return world.pick(
        f"The weather was {world.choice(words.ADJECTIVES)} that day.", f"Many people like {world.choice(words.THINGS)}.", "There is more to tell about it.",
        f"{world.first_name()} talked about {world.choice(words.THINGS)}.", "Nobody knows why.", f"The {world.noun()} was not far away.", lead(world),
        f"Some say that {world.choice(words.THINGS)} are {world.choice(words.ADJECTIVES)}.", f"Later, the {world.noun()} was replaced.", f"See also {world.query()}.",
    )  # fmt: skip


def passage_turn(world: World, chat: Conversation, count: int = 0) -> None:
    """A text and a question about it, mostly with further questions."""
    known = facts(world, count or world.weighted({1: 10, 2: 16, 3: 20, 4: 18, 5: 14, 6: 12, 8: 10}))
    sentences = [fact.sentence for fact in known]
    for _ in range(world.weighted({0: 55, 1: 30, 2: 15}) if len(known) < 12 else len(known) // 4):
        sentences.insert(world.randint(0, len(sentences)), filler(world))
    text = _laid_out(world, sentences)
    missing = world.chance(0.08)
    fact = one_fact(world) if missing else world.choice(known)
    asked = question(world, world.choice(fact.questions))
    _present(world, chat, text, asked)
    chat.answer(UNKNOWN if missing else fact.sentence, _THOUGHT)
    chat.skill = chat.skill or "passage"
    for _ in range(world.weighted({0: 40, 1: 30, 2: 20, 4: 10})):
        fact = world.choice(known)
        chat.user(question(world, world.choice(fact.questions)))
        chat.answer(fact.sentence, _THOUGHT)


def _laid_out(world: World, sentences: list[str]) -> str:
    """A passage as paragraphs, points, documents or records."""
    layout = world.random()
    if layout < 0.42:
        return " ".join(sentences)
    if layout < 0.5:
        return "\n\n".join(sentences)
    forms = ("- {s}", "[{n}] {s}", '<doc id="{n}">{s}</doc>', "Document {n}: {s}", "{s}", "{n}. {s}", "* {s}", "# {t}\n{s}", "Source: {t}\n{s}\n", "page_content='{s}'")
    form = world.choice(forms)
    return "\n".join(form.replace("{n}", str(n)).replace("{t}", world.file()).replace("{s}", text) for n, text in enumerate(sentences, 1))


def _present(world: World, chat: Conversation, text: str, asked: str) -> None:
    """Shows ``text`` and asks, in one of the usual arrangements."""
    intro = world.choice(_INTROS)
    heading = world.pick("Context", "context", "Context information", "Passage", "Text", "Documents", "Information", "Notes")
    gap = world.pick("\n", " ", "\n\n")
    if not chat.messages and world.chance(0.14):
        chat.system(f"{intro}\n\n{text}" if world.chance(0.6) else f"{intro}\n\n{heading}:{gap}{text}")
        chat.user(asked)
        return
    end = world.pick("", "", "\nAnswer:", "\n\nAnswer:")
    chat.user(world.pick(
        f"{intro}\n\n{heading}:{gap}{text}\n\nQuestion: {asked}{end}", f"{intro}\n\n{heading}:{gap}{text}\n\nQuestion: {asked}{end}", f"{heading}:\n{text}\n\nQuestion: {asked}{end}",
        f"{text}\n\n{asked}", f"{text}\n\n{asked}", f"{text} {asked}", f"Question: {asked}\n\n{heading}:\n{text}{end}", f"<context>\n{text}\n</context>\n\n{asked}",
        f"{asked}\n\n{text}", f"{intro}\n{text}\n{asked}", f"Here is a text:\n{text}\n\n{asked}", f'"{text}"\n\n{asked}', f"I read this: {text} {asked}", f"Given this text: {text}\n{asked}",
    ))  # fmt: skip
