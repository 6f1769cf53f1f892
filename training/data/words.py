"""The word lists everything is made from, and which words only the evaluation may use.

The last part of every list of open-class words is held out: training never sees those words in their
role (a held-out verb never names a tool), the evaluation uses nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

HELD_OUT_SHARE: Final = 0.15


def split(words: Sequence[str], *, held_out: bool) -> list[str]:
    """The part of ``words`` for training, or the part that only the evaluation sees."""
    cut = len(words) - max(2, round(len(words) * HELD_OUT_SHARE))
    return list(words[cut:] if held_out else words[:cut])


def _list(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


FIRST_NAMES: Final = _list(
    "Ada, Alice, Bob, Carol, Dan, Eve, Frank, Grace, Anna, Ben, Clara, David, Emma, Felix, Gina, Hugo, Iris,"
    "Jack, Kate, Leo, Maria, Nina, Oscar, Peter, Quinn, Rosa, Sam, Tina, Uma, Victor, Wendy, Xavier, Yara,"
    "Zoe, Aaron, Bella, Chris, Diana, Ethan, Fiona, George, Hannah, Ivan, Julia, Kevin, Laura, Martin, Nora,"
    "Oliver, Paula, Robert, Sarah, Thomas, Ursula, Vera, Walter, Amir, Chen, Diego, Elena, Farid, Gita, Hana,"
    "Igor, Jana, Kofi, Luca, Mei, Nadia, Omar, Priya, Ravi, Sofia, Tariq, Yuki, Zara, Simon, Lucy, Henry,"
    "Christopher, Robin, Margaret, Philip, Agnes, Bruno, Celia, Derek, Edith, Fatima, Gordon, Helga, Ingrid,"
    "Jorge, Kwame, Lydia, Mateo, Noor, Odette, Pavel, Rupert, Salma, Tobias, Viola, Wilfred, Yusuf, Matilda,"
    "Conrad, Imogen, Stellan, Beatrix, Anton, Thea, Marlon, Freya"
)
LAST_NAMES: Final = _list(
    "Smith, Jones, Brown, Lopez, Garcia, Miller, Davis, Lee, Kim, Novak, Rossi, Silva, Weber, Clark, Lewis,"
    "Young, King, Hill, Green, Baker, Carter, Turner, Cook, Bell, Ward, Gray, Fox, Stone, Wood, Lovelace,"
    "Turing, Hopper, Nakamura, Okafor, Svensson, Petrov, Haddad, Moreau, Lindqvist, Ferrari, Kowalski, Dubois"
)
CITIES: Final = _list(
    "Paris, London, Rome, Berlin, Madrid, Tokyo, Oslo, Lisbon, Vienna, Dublin, Prague, Athens, Cairo, Lima,"
    "Seoul, Delhi, Mumbai, Boston, Chicago, Denver, Seattle, Austin, Dallas, Miami, Toronto, Montreal, Sydney,"
    "Melbourne, New York, Los Angeles, San Francisco, Hong Kong, Singapore, Bangkok, Jakarta, Nairobi, Lagos,"
    "Zurich, Geneva, Munich, Hamburg, Milan, Naples, Turin, Lyon, Nice, Marseille, Porto, Seville, Valencia,"
    "Warsaw, Krakow, Budapest, Helsinki, Stockholm, Copenhagen, Riga, Tallinn, Kyoto, Osaka, Shanghai,"
    "Beijing, Bogota, Quebec City, Cape Town, Mexico City, Santa Fe, Rio de Janeiro, Salt Lake City, Glasgow,"
    "Bristol, Cardiff, Leeds, Utrecht, Ghent, Basel, Graz, Zagreb, Dubai, Doha, Manila, Hanoi, Perth,"
    "Nantes, Leipzig, Sapporo, Adelaide, Salzburg, Ravenna, Halifax, Tucson, Omaha, Durban, Izmir, Odense,"
    "Gdansk, Trieste, Edinburgh, San Diego, New Orleans, Kuala Lumpur"
)
JOBS: Final = _list(
    "data scientist, teacher, doctor, nurse, software engineer, baker, pilot, lawyer, farmer, painter, writer,"
    "chef, plumber, gardener, musician, dentist, librarian, carpenter, designer, accountant, student,"
    "journalist, photographer, electrician, mechanic, biologist, firefighter, translator, tailor, barber,"
    "architect, astronaut, sailor, waiter, actor, physicist, historian, florist, marine biologist,"
    "taxi driver, goldsmith, beekeeper, network engineer, sculptor, police officer"
)
FOODS: Final = _list(
    "pizza, sushi, pasta, tacos, curry, ramen, salad, soup, pancakes, cheese, chocolate, ice cream, bread,"
    "dumplings, noodles, lasagna, waffles, apple pie, fried rice, grilled fish, risotto, falafel, paella,"
    "lentil stew, roast duck"
)
HOBBIES: Final = _list(
    "chess, painting, hiking, swimming, cooking, reading, cycling, fishing, knitting, dancing, running,"
    "gardening, photography, surfing, climbing, skiing, sailing, singing, pottery, origami, astronomy,"
    "woodworking, rock climbing"
)
ANIMALS: Final = _list(
    "cat, dog, horse, cow, pig, sheep, goat, rabbit, mouse, lion, tiger, bear, wolf, fox, deer, owl, duck,"
    "eagle, penguin, whale, dolphin, shark, frog, snake, turtle, bee, spider, elephant, giraffe, monkey,"
    "camel, llama, parrot, hedgehog, squirrel, beaver, otter, crab, badger, raven"
)
COLORS: Final = _list(
    "red, blue, green, yellow, orange, purple, pink, brown, black, white, gray, gold, silver, teal, violet"
)
ADJECTIVES: Final = _list(
    "red, small, cheap, old, new, fast, quiet, bright, dark, warm, cold, fresh, simple, modern, local, easy,"
    "happy, wild, tall, round, heavy, light, soft, strong, secret, ancient, hidden, golden, broken, clean,"
    "lazy, clever, brave, gentle, spicy, sweet, digital, solar, wooden, annual, hollow, crooked"
)
THINGS: Final = _list(
    "shoes, books, hotels, flights, recipes, jobs, phones, laptops, bikes, cars, trains, songs, films, games,"
    "maps, tools, chairs, tables, lamps, jackets, cameras, guitars, museums, parks, restaurants, beaches,"
    "castles, bridges, rivers, planets, stars, robots, cakes, coffee beans, running shoes, electric cars,"
    "board games, climate change, machine learning, jazz music, history, poetry, football, yoga, physics,"
    "sailing boats, volcanoes, wind farms, sea turtles"
)
ITEMS: Final = _list(
    "apples, pears, grapes, plums, bananas, oranges, lemons, mangoes, cherries, melons, olives, carrots,"
    "onions, beans, tomatoes, potatoes, mushrooms, rice, pasta, bread, milk, eggs, butter, cheese, sugar,"
    "salt, flour, coffee, tea, honey, nuts, soap, candles, paper, pencils, batteries, nails, screws, string,"
    "buttons, envelopes"
)
LANGUAGES: Final = _list(
    "English, French, German, Spanish, Italian, Japanese, Chinese, Portuguese, Dutch, Polish, Greek, Turkish,"
    "Arabic, Hindi, Korean, Swedish, Finnish, Hungarian"
)
CODE_LANGUAGES: Final = _list("Python, Rust, Go, Java, Ruby, Swift, Kotlin, Haskell, Julia, Perl, Lua, Scala")
MONTHS: Final = _list(
    "January, February, March, April, May, June, July, August, September, October, November, December"
)
DAYS: Final = _list("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
NUMBER_WORDS: Final = _list(
    "zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen,"
    "fifteen, sixteen, seventeen, eighteen, nineteen, twenty"
)

NOUNS: Final = _list(
    "invoice, order, ticket, report, user, account, file, folder, note, task, event, meeting, message,"
    "contact, device, sensor, lamp, camera, door, robot, playlist, song, album, movie, book, recipe, flight,"
    "hotel, train, car, taxi, table, room, package, shipment, product, stock, coupon, payment, refund, loan,"
    "budget, employee, student, course, lesson, exam, patient, appointment, prescription, policy, claim,"
    "contract, license, server, database, backup, container, cluster, branch, commit, issue, release, build,"
    "pipeline, metric, alert, dashboard, chart, image, photo, video, poll, survey, subscription, channel,"
    "group, team, project, reminder, alarm, calendar, address, warehouse, supplier, customer, vehicle, garden,"
    "oven, window, heater, pump, engine, battery, printer, router, network, domain, certificate, password,"
    "key, token, wallet, transaction, bill, tax, donation, gift, ring, coat, bicycle, boat, bus, ferry, park,"
    "museum, gallery, concert, game, match, player, tournament, score, badge, profile, comment, post, page,"
    "site, form, template, label, box, shelf, crate, animal, plant, tree, river, planet, star, satellite,"
    "rocket, sample, experiment, formula, molecule, gene, protein, article, chapter, poem, letter, postcard,"
    "parcel, mattress, guitar, piano, workshop, campaign, banner, slide, ledger, manual, desk, fridge, kettle,"
    "elevator, gate, bridge, tunnel, vineyard, orchard, kitchen, clinic, locker, drone, voucher, passport,"
    "podcast, subtitle, greenhouse, turbine, firewall, glacier, receipt, tram, scooter, beehive, quiz,"
    "mailbox, anchor, lantern, violin, compass, pantry, escalator, tapestry, harbor, meadow, statue"
)

VERBS: Final[dict[str, tuple[str, ...]]] = {
    "get": ("get", "fetch", "retrieve", "look up", "pull up", "give me", "bring up", "show me"),
    "create": ("create", "make", "add", "set up", "put in", "start a new", "draw up"),
    "delete": ("delete", "remove", "erase", "get rid of", "drop", "throw away", "wipe out"),
    "update": ("update", "change", "modify", "edit", "adjust", "revise"),
    "find": ("find", "locate", "look for", "search for", "track down", "hunt for"),
    "list": ("list", "show all of", "enumerate", "display", "list out"),
    "send": ("send", "deliver", "forward", "mail", "pass on", "submit"),
    "open": ("open", "open up", "unlock"),
    "close": ("close", "shut", "close down", "wrap up"),
    "start": ("start", "launch", "begin", "kick off", "fire up", "boot"),
    "stop": ("stop", "halt", "end", "shut down", "kill", "terminate"),
    "check": ("check", "inspect", "look at", "verify", "examine", "have a look at"),
    "book": ("book", "reserve", "secure"),
    "cancel": ("cancel", "call off", "drop", "abort", "revoke"),
    "print": ("print", "print out", "put on paper"),
    "rename": ("rename", "give a new name to", "retitle"),
    "move": ("move", "transfer", "relocate", "shift", "bring"),
    "copy": ("copy", "duplicate", "clone", "make a copy of"),
    "archive": ("archive", "put away", "file away", "store"),
    "share": ("share", "give access to", "pass around"),
    "export": ("export", "dump", "save out", "extract"),
    "import": ("import", "load", "bring in", "read in"),
    "calculate": ("calculate", "compute", "work out", "figure out", "determine"),
    "convert": ("convert", "turn", "transform", "change"),
    "summarize": ("summarize", "sum up", "condense", "give a summary of"),
    "schedule": ("schedule", "plan", "arrange", "set up", "put on the calendar"),
    "assign": ("assign", "hand", "give", "allocate"),
    "approve": ("approve", "accept", "sign off on", "give the green light to", "confirm"),
    "reject": ("reject", "decline", "refuse", "turn down", "deny"),
    "track": ("track", "follow", "trace", "keep an eye on"),
    "scan": ("scan", "run a scan of", "go through"),
    "lock": ("lock", "secure", "lock down"),
    "download": ("download", "pull", "save"),
    "upload": ("upload", "push", "put online"),
    "refresh": ("refresh", "reload", "renew"),
    "reset": ("reset", "put back", "clear", "reinitialize"),
    "merge": ("merge", "combine", "join", "unite"),
    "sort": ("sort", "order", "put in order", "arrange"),
    "count": ("count", "count up", "tell me the number of", "tally"),
    "compare": ("compare", "contrast", "put side by side"),
    "rate": ("rate", "give a rating to", "score", "review"),
    "tag": ("tag", "label", "mark"),
    "publish": ("publish", "put out", "make public", "release"),
    "order": ("order", "buy", "purchase", "get"),
    "pay": ("pay", "settle", "pay off"),
    "record": ("record", "log", "note down", "write down"),
    "play": ("play", "put on", "start playing"),
    "pause": ("pause", "hold", "suspend"),
    "mute": ("mute", "silence", "turn off the sound of"),
    "enable": ("enable", "turn on", "switch on", "activate"),
    "disable": ("disable", "turn off", "switch off", "deactivate"),
    "set": ("set", "put", "adjust", "change"),
    "measure": ("measure", "gauge", "take a reading of"),
    "generate": ("generate", "produce", "make", "create"),
    "validate": ("validate", "verify", "check", "make sure about"),
    "translate": ("translate", "put into another language"),
    "repair": ("repair", "fix", "mend", "patch up"),
    "clean": ("clean", "tidy", "clean up", "wash"),
    "invite": ("invite", "ask to come", "send an invitation to"),
    "notify": ("notify", "inform", "alert", "let know"),
    "rent": ("rent", "hire", "lease"),
    "sell": ("sell", "put up for sale", "sell off"),
    "ship": ("ship", "dispatch", "send out"),
    "water": ("water", "give water to", "irrigate"),
    "paint": ("paint", "give a coat of paint to"),
    "restore": ("restore", "recover", "bring back"),
    "freeze": ("freeze", "put on ice", "block"),
    "encrypt": ("encrypt", "protect", "scramble"),
    "forecast": ("forecast", "predict", "project"),
    "polish": ("polish", "shine", "buff"),
    "recommend": ("recommend", "suggest", "propose"),
    "donate": ("donate", "give away"),
    "inflate": ("inflate", "pump up", "blow up"),
    "calibrate": ("calibrate", "fine-tune"),
    "quarantine": ("quarantine", "isolate"),
    "deploy": ("deploy", "roll out"),
}
"""What a tool may do: the word in its name, then what people say for it."""

NOUN_SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "invoice": ("bill",), "order": ("purchase",), "package": ("parcel",), "car": ("vehicle", "auto"),
    "movie": ("film", "picture"), "photo": ("picture", "snapshot"), "message": ("text", "note"),
    "meeting": ("appointment", "call"), "song": ("track", "tune"), "bicycle": ("bike",), "taxi": ("cab",),
    "room": ("chamber",), "employee": ("worker", "staff member"), "customer": ("client", "buyer"),
    "user": ("person", "member"), "task": ("to-do", "job"), "lamp": ("light",), "password": ("passcode",),
    "flight": ("plane", "plane ticket"), "folder": ("directory",), "picture": ("image", "photo"),
    "issue": ("bug", "problem"), "coat": ("jacket",), "recipe": ("dish",), "student": ("pupil",),
    "patient": ("sick person",), "exam": ("test",), "boat": ("ship",), "gift": ("present",), "shipment": ("delivery",),
    "product": ("item", "article"), "reminder": ("memo",), "server": ("machine", "host"), "heater": ("heating",),
    "article": ("piece", "story"), "refund": ("money back",), "game": ("match",), "alarm": ("wake-up call",),
}  # fmt: skip

ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "price": ("how much does {x} cost", "how much is {x}", "how expensive is {x}", "what do I pay for {x}"),
    "status": ("how is {x} doing", "how far along is {x}", "what is going on with {x}", "what state is {x} in"),
    "owner": ("who owns {x}", "who does {x} belong to", "whose is {x}"),
    "location": ("where is {x}", "where can I find {x}", "where do they keep {x}"),
    "weight": ("how heavy is {x}", "how much does {x} weigh"),
    "height": ("how tall is {x}", "how high is {x}"),
    "age": ("how old is {x}",),
    "balance": ("how much money is in {x}", "how much is left in {x}"),
    "size": ("how big is {x}", "how large is {x}"),
    "temperature": ("how warm is {x}", "how hot is {x}", "how cold is {x}"),
    "speed": ("how fast is {x}", "how quick is {x}"),
    "distance": ("how far is {x}", "how far away is {x}"),
    "duration": ("how long does {x} take", "how long is {x}"),
    "deadline": ("when is {x} due", "by when must {x} be done"),
    "author": ("who wrote {x}", "who is behind {x}"),
    "population": ("how many people live in {x}", "how many inhabitants does {x} have"),
    "capacity": ("how much fits into {x}", "how many people fit into {x}"),
    "arrival_time": ("when does {x} arrive", "what time does {x} get in"),
    "departure_time": ("when does {x} leave", "what time does {x} go"),
    "opening_hours": ("when is {x} open", "until when is {x} open"),
    "phone_number": ("how can I call {x}", "what number do I dial for {x}"),
    "email": ("how can I write to {x}", "where do I send mail for {x}"),
    "birthday": ("when was {x} born", "when does {x} celebrate a birthday"),
    "salary": ("how much does {x} earn", "what does {x} make"),
    "manager": ("who leads {x}", "who is in charge of {x}", "who is the boss of {x}"),
    "color": ("what color is {x}", "which color does {x} have"),
    "rating": ("how good is {x}", "how well is {x} rated"),
    "stock": ("how many of {x} are left", "is {x} available"),
    "definition": ("what does {x} mean", "what is meant by {x}"),
    "history": ("what happened to {x} before",), "summary": ("what is {x} about",),
    "version": ("which version is {x}", "how recent is {x}"), "language": ("which language is {x} in",),
    "area": ("how much space does {x} cover",), "depth": ("how deep is {x}",),
    "calories": ("how many calories does {x} have",), "ingredients": ("what is in {x}",),
    "translation": ("how do you say {x}",), "synonym": ("what is another word for {x}",),
    "exchange_rate": ("what is {x} worth",), "humidity": ("how humid is {x}",), "tide": ("how high is the water at {x}",),
    "level": ("how full is {x}",), "voltage": ("how many volts does {x} have",), "warranty": ("how long is {x} covered",),
}  # fmt: skip
"""What a tool may tell about something, and questions that mean it; ``{x}`` is the thing."""
