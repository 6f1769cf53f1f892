"""The little that the model knows: capitals, colors, opposites, some whys, jokes."""

from __future__ import annotations

from typing import Final


def _pairs(text: str) -> dict[str, str]:
    return {key.strip(): value for key, value in (pair.split(":") for pair in text.split(","))}


CAPITALS: Final[dict[str, str]] = _pairs(
    "France:Paris, Japan:Tokyo, Germany:Berlin, Italy:Rome, Spain:Madrid, Portugal:Lisbon, China:Beijing,"
    "India:New Delhi, Russia:Moscow, Canada:Ottawa, Brazil:Brasilia, Argentina:Buenos Aires, Chile:Santiago,"
    "Peru:Lima, Mexico:Mexico City, Egypt:Cairo, Kenya:Nairobi, Nigeria:Abuja, Ghana:Accra, Morocco:Rabat,"
    "Sweden:Stockholm, Norway:Oslo, Denmark:Copenhagen, Finland:Helsinki, Iceland:Reykjavik, Ireland:Dublin,"
    "Poland:Warsaw, Austria:Vienna, Hungary:Budapest, Greece:Athens, Turkey:Ankara, Romania:Bucharest,"
    "Bulgaria:Sofia, Serbia:Belgrade, Croatia:Zagreb, Slovenia:Ljubljana, Slovakia:Bratislava, Ukraine:Kyiv,"
    "Belgium:Brussels, Switzerland:Bern, the Netherlands:Amsterdam, Czechia:Prague, Estonia:Tallinn,"
    "Latvia:Riga, Lithuania:Vilnius, Cuba:Havana, Colombia:Bogota, Venezuela:Caracas, Ecuador:Quito,"
    "Uruguay:Montevideo, Australia:Canberra, New Zealand:Wellington, South Korea:Seoul, Thailand:Bangkok,"
    "Vietnam:Hanoi, Indonesia:Jakarta, Malaysia:Kuala Lumpur, the Philippines:Manila, Iran:Tehran,"
    "Iraq:Baghdad, Nepal:Kathmandu, Mongolia:Ulaanbaatar, Tunisia:Tunis, Algeria:Algiers, Ethiopia:Addis Ababa,"
    "the United States:Washington, the United Kingdom:London, England:London, Scotland:Edinburgh"
)
OPPOSITES: Final[dict[str, str]] = _pairs(
    "hot:cold, big:small, up:down, left:right, day:night, fast:slow, happy:sad, old:young, open:closed,"
    "high:low, hard:soft, light:dark, wet:dry, full:empty, rich:poor, early:late, good:bad, strong:weak,"
    "clean:dirty, long:short, near:far, loud:quiet, true:false, first:last, always:never, love:hate, buy:sell,"
    "win:lose, push:pull, north:south, east:west, thick:thin, wide:narrow, sweet:sour, safe:dangerous,"
    "easy:difficult, cheap:expensive, above:below, yes:no"
)
COLOR_OF: Final[dict[str, str]] = _pairs(
    "the sky:blue, grass:green, snow:white, coal:black, a banana:yellow, an orange:orange, a tomato:red,"
    "blood:red, milk:white, the sun:yellow, a lemon:yellow, a carrot:orange, chocolate:brown, a flamingo:pink,"
    "an elephant:gray, a strawberry:red, a frog:green, the ocean:blue, a cherry:red, a cucumber:green"
)
SOUNDS: Final[dict[str, str]] = _pairs(
    "cat:meow, dog:woof, cow:moo, sheep:baa, duck:quack, pig:oink, lion:roar, frog:ribbit, bee:buzz,"
    "snake:hiss, owl:hoot, horse:neigh"
)
FACTS: Final[dict[str, str]] = {
    "why is the sky blue": "The sky is blue because air scatters blue light from the sun more than red light.",
    "why is grass green": "Grass is green because it holds chlorophyll, which reflects green light.",
    "why do leaves fall in autumn": "Trees drop their leaves in autumn to save water during the winter.",
    "why is the sea salty": "The sea is salty because rivers wash minerals out of rocks into it.",
    "why do we sleep": "We sleep so that the body and the brain can rest.",
    "why do birds fly south": "Many birds fly south to find food and warmth in winter.",
    "why does ice float": "Ice floats because it is less dense than water.",
    "why do cats purr": "Cats mostly purr when they are content.",
    "what is the sun": "The sun is a star. It gives light and heat to the Earth.",
    "what is the moon": "The moon is a ball of rock that circles the Earth.",
    "what is a computer": "A computer is a machine that stores and processes information.",
    "what is water made of": "Water is made of hydrogen and oxygen.",
    "what is gravity": "Gravity is the force that pulls things toward each other.",
    "what is an atom": "An atom is the smallest piece of a chemical element.",
    "what is a language model": "A language model is a program that predicts the next word of a text.",
    "what is machine learning": "Machine learning lets computers find patterns in examples.",
    "what is the largest planet": "The largest planet of the solar system is Jupiter.",
    "what is the largest ocean": "The largest ocean is the Pacific Ocean.",
    "what is the fastest land animal": "The fastest land animal is the cheetah.",
    "what is the tallest animal": "The tallest animal is the giraffe.",
    "how many days are in a week": "There are 7 days in a week.",
    "how many months are in a year": "There are 12 months in a year.",
    "how many hours are in a day": "There are 24 hours in a day.",
    "how many minutes are in an hour": "There are 60 minutes in an hour.",
    "how many legs does a spider have": "A spider has 8 legs.",
    "how many continents are there": "There are 7 continents.",
    "who wrote Romeo and Juliet": "Romeo and Juliet was written by William Shakespeare.",
    "at what temperature does water boil": "Water boils at 100 degrees Celsius.",
    "at what temperature does water freeze": "Water freezes at 0 degrees Celsius.",
    "what do bees make": "Bees make honey.",
    "what is the meaning of life": "Many people say it is 42. I think it is to be kind and curious.",
}
JOKES: Final[dict[str, tuple[str, str]]] = {
    "cat": ("Why did the cat sit on the computer?", "To keep an eye on the mouse!"),
    "dog": ("Why did the dog sit in the shade?", "It did not want to be a hot dog!"),
    "cow": ("What do you call a cow that plays the guitar?", "A moo-sician!"),
    "fish": ("Why are fish so smart?", "They live in schools!"),
    "bee": ("Why do bees have sticky hair?", "They use honeycombs!"),
    "duck": ("What does a duck eat with soup?", "Quackers!"),
    "bear": ("What do you call a bear without teeth?", "A gummy bear!"),
    "computer": ("Why did the computer see the doctor?", "It had a virus!"),
    "programmer": ("Why do programmers like dark rooms?", "Light attracts bugs!"),
    "robot": ("Why was the robot tired?", "It had a hard drive!"),
    "chicken": ("Why did the chicken cross the road?", "To get to the other side!"),
    "ghost": ("Why are ghosts bad at lying?", "You can see right through them!"),
    "llama": ("What did the llama say at the party?", "No prob-llama!"),
    "banana": ("Why did the banana see the doctor?", "It was not peeling well!"),
    "elephant": ("What time is it when an elephant sits on the fence?", "Time for a new fence!"),
}
