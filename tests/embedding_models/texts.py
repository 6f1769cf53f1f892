"""Fifty texts of all lengths and scripts, of which none has more than 512 tokens of all-MiniLM-L6-v2."""

from __future__ import annotations

_STORY = (
    "The lighthouse keeper climbed the stairs each evening, wound the clockwork, lit the lamp, and wrote "
    "the weather down in a book that nobody had asked for. "
)
_NUMBERS = "Row {n}: {n} apples at {n}.50 each, delivered on 2024-{m:02d}-{d:02d}. "

TEXTS: list[str] = [
    # nothing, or nearly
    "",
    " ",
    "\n\t \n",
    "a",
    ".",
    "?!",
    "42",
    "\u200b",
    # short
    "cat",
    "Hello, world!",
    "HELLO, WORLD!",
    "How do I reset my password?",
    "To be, or not to be: that is the question.",
    "The quick brown fox jumps over the lazy dog.",
    "unbelievability antidisestablishmentarianism",
    "state-of-the-art, e-mail, don't, it's, O'Neill & Sons (Ltd.)",
    "https://example.org/a/b?c=1&d=%20#e user@example.org",
    "def f(x: int) -> int:\n    return x ** 2  # squared\n",
    '{"name": "get_weather", "arguments": {"city": "Paris"}}',
    "3.14159 1,000,000 1e-9 0xFF 50% $9.99 €20 £5 ¥100",
    "E = mc², H₂O, x ≤ y, ∑ᵢ aᵢ, α β γ",
    # accents, and other scripts
    "Crème brûlée à la façon de Zoë, naïve café",
    "Cre\u0300me bru\u0302le\u0301e: the same, with marks of their own",
    "Größe, Straße, Übermut und Äpfel",
    "¿Dónde está la biblioteca? ¡Mañana!",
    "Zażółć gęślą jaźń",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "İstanbul'da ışıl ışıl bir gün",
    "Съешь же ещё этих мягких французских булок",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "שלום עולם",
    "مرحبا بالعالم",
    "नमस्ते दुनिया",
    "สวัสดีชาวโลก",
    "안녕하세요 세계",
    "今日は良い天気ですね。",
    "机器学习是人工智能的一个分支。",
    "𠀀𠀁 rare characters 𠮷野家",
    "🎉 It works! 🚀🚀 👩‍👩‍👧‍👦 🇫🇷",
    "mixed 中文 and English и русский, 日本語 too 🙂",
    "full-width ＡＢＣ１２３ and ﬁ ligatures",
    "zero\u0000width\ufeff and\u00a0no-break\u3000spaces\u2028lines",
    # long
    _STORY * 2,
    _STORY * 4,
    "日本語のとても長い文章です。" * 12,
    "".join(_NUMBERS.format(n=n, m=n % 12 + 1, d=n % 28 + 1) for n in range(8)),
    _STORY * 10,
    "word " * 510,
    "".join(_NUMBERS.format(n=n, m=n % 12 + 1, d=n % 28 + 1) for n in range(18)),
    _STORY * 15,
]
"""The last four have more than 256 tokens, one of them 512."""
