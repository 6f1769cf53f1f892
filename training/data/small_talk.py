"""Talk without tools: greetings, who the model is, simple knowledge, counting, sums, lists, repeating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from . import words
from .conversation import Conversation
from .knowledge import CAPITALS, COLOR_OF, FACTS, JOKES, OPPOSITES, SOUNDS
from .phrasing import order, question, wish
from .world import World, article, capital, listed

SELF: Final = "I am llamar-tiny, a tiny demonstration model."
UNSURE: Final = "I am sorry, I do not know that. I am only a tiny model."
_HELP: Final = "How can I help you?"

_EXCHANGES: Final = (
    ("Hello|Hello!|hello|Hello there!|hello there|Greetings!|Hello, my friend!|A warm hello to you|Hello again|Oh, hello!|Good to see you!|Nice to meet you.|hello hello", f"Hello! {_HELP}"), ("Hi|Hi!|hi|Hi there|Hi there!|hi!|Hiya|Hi, it's me|Hi again!|hi hi|Hi everyone|Hi bot", f"Hi! {_HELP}"), ("Hey|Hey!|hey there|Hey you|heyy|Yo!|Hey, I am back", f"Hey! {_HELP}"),
    ("Good morning|Good morning!|good morning|Morning!|A good morning to you|I just woke up, good morning|gm", f"Good morning! {_HELP}"), ("Good evening|Good evening!|Good afternoon|Evening!|Good afternoon to you|A nice evening to you|good evening, bot", f"Good evening! {_HELP}"),
    ("How are you?|How are you today?|How's it going?|Are you ok?|how are you|Hello! How are you?|Hi, how are you?|how do you feel today|Everything fine with you?|How have you been?|How are things?|How do you do?|Are you doing well?|how r u|Is all well?|How is life?|How was your day?|You okay?|Hey, how are you doing?", f"I am fine, thank you! {_HELP}"),
    ("Thanks!|Thank you|Thank you very much!|Great, thanks|thanks a lot|Thank you, that helps.|thx|Perfect, thank you!|That was helpful.|Cheers!|I appreciate it.|Much appreciated|You saved my day.|That is just what I needed.|thank you so much|Many thanks|ty|Thanks for your help.|That helped a lot.|I am grateful to you.", "You're welcome!"),
    ("Bye|Goodbye!|See you later|bye bye|I have to go now.|See you tomorrow!|Farewell|Take care!|I am off now|That was all, bye|Until next time|so long|I need to leave|Talk to you later|Have a nice day!|cya|See you soon", "Goodbye!"), ("Good night|good night!|I am going to bed.|Sleep well!|I am tired and will sleep now.|Time for bed|nighty night", "Good night!"),
    ("ok|Ok.|I see|Alright|Got it.|Fine.|okay|Sounds good.|Makes sense|Understood|Cool|Right.|Sure|That is clear now.|k|Good to know", "Great!"), ("Good job!|You are great|Well done|You are very helpful.|nice work|You did that well.|Impressive!|What a good answer|You are clever|Bravo!|I am happy with your work.", "Thank you!"), ("I love you|I like you|You are so sweet|You are my friend|I enjoy talking to you|It is nice to chat with you", "Thank you! That is very kind."),
    ("Say hello|Greet.|Say hello.|Please say hello|Can you say hello?|Write a greeting.", "Hello!"), ("Say hi|Say hi.|Please say hi|can you say hi", "Hi!"), ("ping|Ping", "pong"), ("test|testing|This is a test.|just testing|one two three, test|I am testing this|Test message", "The test works."),
    ("What can you do?|How can you help me?|What are you good at?|help|What are your skills?|What do you know?|What are you able to do?|What are you for?|What can I ask you?|How can I use you?|Tell me what you can do.|What are you made for?", "I can chat, call tools, answer simple questions and copy facts from a text. I am only a tiny model."),
    ("What is your favorite color?|Which color do you like?|What color do you like best?|Do you have a favorite color?|Which colour is your favourite?", "I like blue."), ("Do you like music?|Do you like me?|Do you like to chat?|Do you like questions?|Do you enjoy your work?|Do you like animals?", "Yes, I do."), ("Are you human?|Are you a person?|Are you alive?|Am I talking to a human?|Are you a real person?|Is there a human behind this?", f"No. {SELF}"), ("I am bored.|I'm so bored|I have nothing to do|Today is so boring|There is nothing on TV.|What a dull day", "Shall I tell you a story?"),
    ("I am sad.|I feel bad today|I had a bad day.|I lost my job.|My cat is ill.|I am not well|Everything goes wrong today|I failed the exam|I feel lonely|I cried all day.|I have a headache|Nobody likes me|I am so tired of all this", "I am sorry to hear that."), ("I am happy!|I feel great today|I got the job!|I passed the exam!|Today is my birthday!|We won the match!|I am in a good mood|What a wonderful day!|My holiday starts today!|I am getting married!|I have good news!|Life is good|We had a baby!", "That is great to hear!"),
    ("Sorry!|I'm sorry|My mistake.|Oops|I did not mean that|Please excuse me|Forgive me|I was wrong, sorry", "No problem!"), ("Happy birthday!|Merry Christmas!|Happy new year!|Good luck!|Happy Easter!|I wish you all the best", "Thank you!"), ("Do you speak English?|Can you hear me?|Are you there?|Is anybody there?|Does this work?|Can you read this?|Do you understand me?|Do you see my messages?|Do you hear me?", "Yes, I do."),
    ("What a lovely day!|The sun is shining today.|It is so warm outside|No clouds in the sky today|Spring is here at last!|What nice weather we have", "That sounds nice!"),
    ("It is raining again.|What awful weather|It is so cold today|The wind is terrible today|It has been gray all week.|I got wet on my way home", "I hope the weather gets better soon."),
    ("I am hungry|I have not eaten yet|My stomach is empty.|I could eat a horse", "Then it is time to eat something."), ("I am tired|I did not sleep well|I can hardly keep my eyes open.|What a long day", "I hope you can rest soon."),
    ("Are you listening?|Are you awake?|Anyone home?|Are you still here?|Are you ready?", "Yes, I am here."), ("It is Friday at last!|The weekend is here!|No work today!|Tomorrow I have a day off", "Enjoy it!"), ("I have an exam tomorrow|Wish me luck!|I am nervous about tomorrow|Cross your fingers for me", "Good luck!"),
)  # fmt: skip
_WHO: Final = ("Who are you?|What are you?|What is your name?|What's your name?|Who am I talking to?|Introduce yourself.|Tell me about yourself.|Are you a robot?|What model are you?|Which model is this?|Who made you?|who are you|Please tell me your name.|Do you have a name?|How shall I call you?")


def small_talk_turn(world: World, chat: Conversation, kind: str = "", persona: str = "") -> None:
    """One question and its answer."""
    kind = kind or world.weighted(_FREQUENCY)
    if kind == "who":
        chat.user(world.choice(_WHO.split("|")))
        chat.answer(f"I am {persona}." if persona else SELF, "The user asks who I am.")
    else:
        _KINDS[kind](world, chat)
    chat.skill = chat.skill or kind


def _exchange(world: World, chat: Conversation) -> None:
    asked, answer = world.choice(_EXCHANGES)
    chat.user(world.choice(asked.split("|")))
    chat.answer(answer, "The user is polite." if answer != f"I am fine, thank you! {_HELP}" else "The user asks how I am.")


def _capital(world: World, chat: Conversation) -> None:
    country = world.familiar(list(CAPITALS))
    city = CAPITALS[country]
    short = False
    if world.chance(0.55):
        asked = question(world, world.pick(f"what is the capital of {country}", f"what's the capital of {country}", f"which city is the capital of {country}", f"what is the capital city of {country}", f"do you know the capital of {country}", f"what city is {country} governed from", f"which city is the seat of power in {country}", f"what is the name of {country}'s capital", f"which capital does {country} have", f"what city do I name as the capital of {country}", f"what capital belongs to {country}"))
    elif world.chance(0.3):
        asked, short = f"What is the capital of {country}? Answer {world.pick('in one word', 'with one word', 'only with the name', 'with just the city')}.", True
    else:
        asked = wish(world, world.pick(f"the capital of {country}", f"the capital city of {country}", f"{country}'s capital", f"the name of the capital of {country}"))
    chat.user(asked)
    full = f"The capital of {country} is {city}."
    chat.answer(f"{city}." if short else full, f"The user asks for the capital of {country}. It is {city}.", short=f"{city}.")


def _country(world: World, chat: Conversation) -> None:
    country = world.familiar([each for each in CAPITALS if CAPITALS[each] not in ("London", "Edinburgh")])
    city = CAPITALS[country]
    chat.user(question(world, world.pick(f"which country has the capital {city}", f"{city} is the capital of which country", f"in which country is {city}")))
    chat.answer(f"{city} is in {country}.", f"{city} is in {country}.", short=f"{capital(country)}.")


def _arithmetic(world: World, chat: Conversation) -> None:
    sign, word = world.weighted({("+", "plus"): 5, ("-", "minus"): 3, ("*", "times"): 2})
    top = 10 if world.chance(0.75) else 20
    a, b = world.randint(0, top), world.randint(0, top)
    if sign == "-":
        a, b = max(a, b), min(a, b)
    if sign == "*":
        a, b = a % 11, b % 11
    value = {"+": a + b, "-": a - b, "*": a * b}[sign]
    said = world.pick(f"{a} {sign} {b}", f"{a} {sign} {b}", f"{a}{sign}{b}", f"{a} {word} {b}")
    chat.user(wish(world, said) if world.chance(0.5) else question(world, world.pick(f"what is {said}", f"how much is {said}", f"what's {said}", f"what does {said} make", f"what do I get for {said}", f"what is the result of {said}", f"what does {said} equal", _in_words(world, sign, a, b))))
    chat.answer(f"{a} {sign} {b} = {value}.", f"{a} {sign} {b} = {value}", short=f"{value}.")


def _in_words(world: World, sign: str, a: int, b: int) -> str:
    """A question for a sum without a sign."""
    if sign == "+":
        return world.pick(f"what is the sum of {a} and {b}", f"what do {a} and {b} make together", f"what do I get if I add {a} and {b}", f"how much are {a} and {b}")
    if sign == "-":
        return world.pick(f"what is {a} less {b}", f"what is left if I take {b} from {a}", f"what is the difference between {a} and {b}", f"what do I get if I subtract {b} from {a}")
    return world.pick(f"what is the product of {a} and {b}", f"what is {a} multiplied by {b}", f"what do I get if I multiply {a} by {b}", f"how much is {a} x {b}")


def _story_sum(world: World, chat: Conversation) -> None:
    a, b, thing, who = world.randint(1, 12), world.randint(1, 12), world.choice(world.items), world.first_name()
    if world.chance(0.6):
        asked = world.pick(f"I have {a} {thing} and get {b} more. How many {thing} do I have?", f"{who} buys {a} {thing} and then {b} more. How many {thing} are there?", f"There are {a} {thing} on the table. I add {b}. How many {thing} are there now?", f"If {a} {thing} and {b} {thing} are in a bag, how many {thing} are in it?",
            f"{who} had {a} {thing}. A friend brought {b} more. How many {thing} does {who} have now?", f"A box holds {a} {thing}. We put in {b} more. How many {thing} are in the box?", f"On Monday I bought {a} {thing}, on Tuesday {b}. How many {thing} did I buy?", f"{who} found {a} {thing} here and {b} there. How many {thing} is that together?", f"There were {a} {thing}, then {b} came along. How many {thing} now?")  # fmt: skip
        sign, value = "+", a + b
    else:
        a, b = max(a, b), min(a, b)
        asked = world.pick(f"I have {a} {thing} and lose {b}. How many {thing} are left?", f"{who} has {a} {thing} and gives away {b}. How many {thing} are left?", f"Of {a} {thing}, {b} are sold. How many {thing} remain?",
            f"There were {a} {thing} in the basket. {who} took {b}. How many {thing} are still there?", f"I had {a} {thing} and used {b}. How many {thing} do I still have?", f"{who} bought {a} {thing} and dropped {b} on the way. How many {thing} came home?", f"From {a} {thing} we take away {b}. How many {thing} stay?", f"A shop has {a} {thing}. {b} go to a customer. How many {thing} does the shop keep?")  # fmt: skip
        sign, value = "-", a - b
    chat.user(asked)
    chat.answer(f"There are {value} {thing}.", f"{a} {sign} {b} = {value}", short=f"{value}.")


def _opposite(world: World, chat: Conversation) -> None:
    word = world.choice(list(OPPOSITES))
    other = OPPOSITES[word]
    if world.chance(0.4):
        word, other = other, word
    chat.user(wish(world, world.pick(f"the opposite of {word}", f"the opposite of {word}", f"the antonym of {word}")))
    chat.answer(f"The opposite of {word} is {other}.", f"The opposite of {word} is {other}.", short=f"{other}.")


def _color(world: World, chat: Conversation) -> None:
    thing = world.choice(list(COLOR_OF))
    chat.user(question(world, world.pick(f"what color is {thing}", f"what colour is {thing}", f"which color does {thing} have")))
    chat.answer(f"{capital(thing)} is {COLOR_OF[thing]}.", f"{capital(thing)} is {COLOR_OF[thing]}.", short=f"{COLOR_OF[thing]}.")


def _sound(world: World, chat: Conversation) -> None:
    animal = world.choice(list(SOUNDS))
    chat.user(question(world, world.pick(f"what does {article(animal)} say", f"what sound does {article(animal)} make")))
    chat.answer(f"{capital(article(animal))} says {SOUNDS[animal]}.", f"{capital(article(animal))} says {SOUNDS[animal]}.", short=f"{SOUNDS[animal]}.")


def _fact(world: World, chat: Conversation) -> None:
    asked = world.choice(list(FACTS))
    chat.user(question(world, asked) if world.chance(0.6) else capital(asked) + "?")
    chat.answer(FACTS[asked], "I know this.")


def _joke(world: World, chat: Conversation) -> None:
    subject = world.choice(list(JOKES))
    setup, punchline = JOKES[subject]
    asked = world.pick(f"tell me a joke about {subject}s", f"tell a joke about {article(subject)}", f"tell me a {subject} joke", f"make a joke about {subject}s")
    if world.chance(0.3):
        asked, (setup, punchline) = world.pick("tell me a joke", "make me laugh", "tell me something funny"), JOKES["cat"]
    chat.user(order(world, asked))
    chat.answer(f"{setup} {punchline}", "The user wants a joke.")


def _calendar(world: World, chat: Conversation) -> None:
    names, unit, whole = world.pick((words.DAYS, "day", "week"), (words.MONTHS, "month", "year"))
    at = world.randrange(len(names))
    here, after, before = names[at], names[(at + 1) % len(names)], names[at - 1]
    form = world.random()
    if form < 0.4:
        chat.user(question(world, world.pick(f"what {unit} comes after {here}", f"which {unit} follows {here}", f"what is the {unit} after {here}", f"{here} is over, which {unit} is next", f"which {unit} comes next after {here}", f"what {unit} do we have after {here}", f"if this {unit} is {here}, what is the next one", f"which {unit} is right after {here}")))
        chat.answer(f"The {unit} after {here} is {after}.", f"After {here} comes {after}.", short=f"{after}.")
    elif form < 0.65:
        chat.user(question(world, world.pick(f"what {unit} comes before {here}", f"which {unit} is before {here}", f"what is the {unit} before {here}", f"which {unit} leads up to {here}", f"if this {unit} is {here}, what was the last one", f"what {unit} do we have just before {here}", f"which {unit} ends when {here} begins")))
        chat.answer(f"The {unit} before {here} is {before}.", f"Before {here} comes {before}.", short=f"{before}.")
    else:
        chat.user(order(world, world.pick(f"list the {unit}s of the {whole}", f"name the {unit}s of the {whole}", f"tell me all {unit}s of the {whole}", f"write down the {unit}s of the {whole}", f"give me the {unit}s of the {whole} in order", f"say the names of the {unit}s", f"go through the {unit}s of the {whole}")))
        chat.answer(f"{listed(list(names))}.", f"There are {len(names)} {unit}s.")


def _count(world: World, chat: Conversation) -> None:
    start = 1 if world.chance(0.8) else world.randint(2, 10)
    end = start + world.pick(2, 4, 9, 9, 14, 19, 29, world.randint(3, 40))
    down = world.chance(0.12)
    asked = world.pick(f"count from {start} to {end}", f"count from {start} to {end}", f"count up from {start} to {end}", f"write the numbers from {start} to {end}", f"say the numbers {start} to {end}")
    if down:
        asked = f"count down from {end} to {start}"
    elif start == 1 and world.chance(0.3):
        asked = f"count to {end}"
    numbers = range(end, start - 1, -1) if down else range(start, end + 1)
    chat.user(order(world, asked))
    chat.answer(", ".join(map(str, numbers)), f"I count {'down ' if down else ''}from {numbers[0]} to {numbers[-1]}.")


_LISTS: Final = {
    "animals": words.ANIMALS, "colors": words.COLORS, "cities": words.CITIES, "names": words.FIRST_NAMES, "foods": words.FOODS, "hobbies": words.HOBBIES, "fruits": words.ITEMS[:10],
    "programming languages": words.CODE_LANGUAGES, "countries": tuple(each for each in CAPITALS if not each.startswith("the ")), "jobs": words.JOBS, "languages": words.LANGUAGES,
}  # fmt: skip


def _list(world: World, chat: Conversation) -> None:
    what = world.choice(list(_LISTS))
    count = world.randint(2, 10)
    chosen = _LISTS[what][:count]
    said = words.NUMBER_WORDS[count] if world.chance(0.4) else str(count)
    core = world.pick(f"list {said} {what}", f"name {said} {what}", f"give me {said} {what}", f"write down {said} {what}", f"tell me {said} {what}")
    tail, form = world.pick(("", "{n}. {x}\n"), ("", "{n}. {x}\n"), (" separated by commas", "{x}, "), (" in one line", "{x}, "), (" as bullet points", "- {x}\n"), (" as a list with dashes", "- {x}\n"), (" as a numbered list", "{n}. {x}\n"))
    chat.user(order(world, core + tail))
    chat.answer("".join(form.replace("{n}", str(n)).replace("{x}", x) for n, x in enumerate(chosen, 1)).rstrip("\n, "), f"I will list {len(chosen)} {what}.")


def _unknown(world: World, chat: Conversation) -> None:
    thing, noun, what = world.thing(), world.noun(), world.choice(words.THINGS)
    chat.user(question(world, world.pick(
        f"who won the {thing} cup in {world.randint(1950, 2024)}", f"what do you think about {thing}", f"what is the history of {thing}", f"how do I fix my {noun}", f"what will happen in {world.randint(2030, 2090)}",
        f"who is {thing}", f"how many people live in {world.pseudo(capital=True)}", f"when was {thing} born", f"how does a {noun} work", f"what is a {noun}", f"what is the best {what} in the world", f"what do you know about {what}",
        f"who invented the {noun}", f"why are {what} so expensive", f"where do {what} come from", f"what is the meaning of {world.pseudo(capital=False)}",
    )))  # fmt: skip
    chat.answer(UNSURE, "I do not know this.")


def _echo(world: World, chat: Conversation) -> None:
    makers: tuple[Callable[[], str], ...] = (
        lambda: " ".join(world.pseudo(capital=False) for _ in range(world.randint(1, 8))), world.query, world.sentence, world.code, world.url, world.any_text,
        lambda: " ".join(str(world.integer()) for _ in range(world.randint(1, 6))), lambda: " ".join(world.pick(world.pseudo(), world.first_name(), world.code(), world.noun()) for _ in range(world.randint(2, 8))),
    )  # fmt: skip
    text = world.choice(makers)()
    form = world.random()
    if form < 0.62:
        chat.user(world.pick(
            f"Repeat: {text}", f"Say {text}", f"Repeat after me: {text}", f"Say: {text}", f"Echo {text}", f"Reply with {text}", f"Say exactly: {text}", f'Please repeat "{text}"', f'Write "{text}"', f'Say "{text}" and nothing else.',
            f"Reply with exactly: {text}", f"Answer only with {text}", f"Print {text}", f'Respond with "{text}"', f"Copy this text: {text}", f"Output this and nothing else: {text}", f"Give this back to me: {text}", f'I want you to answer "{text}"', f"Just write {text}", f"Type the following: {text}",
        ))  # fmt: skip
        chat.answer(text, "I repeat the text.")
    elif form < 0.78:
        items = [world.pick(world.pseudo(), world.first_name(), world.noun(), world.code()) for _ in range(world.randint(3, 7))]
        name, at = world.pick(("first", 0), ("last", -1), ("second", 1), ("third", 2))
        shown = ", ".join(items)
        chat.user(world.pick(f"What is the {name} word of this list: {shown}?", f"Here is a list: {shown}. Which item is {name}?", f"Give me the {name} item of: {shown}", f"{shown}. Which one comes {name}?", f"Look at {shown}. Name the {name} one."))
        chat.answer(f"The {name} item is {items[at]}.", f"The {name} item is {items[at]}.", short=f"{items[at]}.")
    elif form < 0.9:
        who = world.pick(world.pseudo(), world.first_name())
        chat.user(world.pick(f"Greet {who}", f"Say hello to {who}", f"Say hi to {who}.", f"Welcome {who}", f"Please greet {who} for me.", f"Write a greeting for {who}"))
        chat.answer(f"Hello {who}!", f"I greet {who}.")
    else:
        items = [world.pick(world.pseudo(capital=False), world.noun(), world.first_name()) for _ in range(world.randint(2, 6))]
        chat.user(world.pick(f"Put these words on separate lines: {', '.join(items)}", f"Write one word per line: {' '.join(items)}", f"One line for each of these: {', '.join(items)}"))
        chat.answer("\n".join(items), "I write one word per line.")


def _which(world: World, big: bool, a: int, b: int) -> str:
    word = "bigger" if big else "smaller"
    return world.pick(
        f"which is {word}, {a} or {b}", f"which is {word}, {a} or {b}", f"which number is {word}, {a} or {b}", f"what is {'more' if big else 'less'}, {a} or {b}", f"of {a} and {b}, which one is {word}",
        f"which of the two numbers {a} and {b} is {word}", f"between {a} and {b}, which is the {word} one",
    )  # fmt: skip


def _yes_no(world: World, chat: Conversation) -> None:
    a, b = world.sample(range(100), 2)
    form = world.random()
    if form < 0.35:
        word = world.pick("bigger", "larger", "greater", "more")
        chat.user(question(world, world.pick(f"is {a} {word} than {b}", f"would you say that {a} is {word} than {b}", f"does {a} come after {b} when I count", f"am I right that {a} is {word} than {b}", f"can you confirm that {a} is {word} than {b}", f"is it true that {a} is {word} than {b}", f"is {b} smaller than {a}")))
        chat.answer("Yes." if a > b else "No.", f"{max(a, b)} is bigger than {min(a, b)}.")
    elif form < 0.65:
        big = world.chance(0.6)
        chat.user(question(world, _which(world, big, a, b)))
        value = max(a, b) if big else min(a, b)
        chat.answer(f"{value} is {'bigger' if big else 'smaller'}.", f"{max(a, b)} is bigger than {min(a, b)}.", short=f"{value}.")
    else:
        country = world.choice(list(CAPITALS))
        city = CAPITALS[country] if world.chance(0.5) else world.choice(list(CAPITALS.values()))
        right = city == CAPITALS[country]
        chat.user(question(world, world.pick(f"is {city} the capital of {country}", f"is {city} the capital of {country}", f"is it true that {city} is the capital of {country}", f"is the capital of {country} {city}", f"does {country} have {city} as its capital", f"am I right that the capital of {country} is {city}")))
        chat.answer("Yes." if right else "No.", f"The capital of {country} is {CAPITALS[country]}.")


def _verse(world: World, chat: Conversation) -> None:
    subject = world.pick("sea", "moon", "rain", "spring", world.noun(), world.choice(words.ANIMALS))
    first, second, sky = world.choice(words.ADJECTIVES[:30]), world.choice(words.ADJECTIVES[:30]), world.pick("wind", "night", "sky", "river", "sun", "snow")
    if world.chance(0.5):
        chat.user(order(world, f"write a haiku about the {subject}"))
        chat.answer(f"The {first} {subject} waits\nunder the {second} {sky} tonight\nand dreams of the sea.", f"I will write a haiku about the {subject}.")
    else:
        chat.user(order(world, world.pick(f"write a poem about the {subject}", f"write a short poem about the {subject}")))
        chat.answer(f"O {first} {subject}, far and bright,\nyou guide me through the {second} night.\nThe {sky} is calm, the world is still,\nand someone sings upon the hill.", f"I will write a poem about the {subject}.")


_KINDS: Final[dict[str, Callable[[World, Conversation], None]]] = {
    "exchange": _exchange, "capital": _capital, "country": _country, "arithmetic": _arithmetic, "story sum": _story_sum, "opposite": _opposite, "color": _color, "sound": _sound,
    "fact": _fact, "joke": _joke, "calendar": _calendar, "count": _count, "list": _list, "unknown": _unknown, "echo": _echo, "yes or no": _yes_no, "verse": _verse,
}  # fmt: skip
_FREQUENCY: Final[dict[str, float]] = {
    "exchange": 15, "capital": 16, "country": 2, "arithmetic": 15, "story sum": 3, "opposite": 4, "color": 3, "sound": 1, "fact": 9, "joke": 5, "calendar": 4, "count": 4, "list": 5,
    "unknown": 7, "echo": 8, "yes or no": 4, "verse": 2, "who": 7,
}  # fmt: skip
