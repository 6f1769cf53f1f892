"""Records as people and programs write them: mail headers, log lines, bills, bookings, notes in a hurry.

The values stand in another order than the fields, or next to letters ("3x", "40kg").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from . import words
from .world import World

_Maker = Callable[[World], Any]


def _price(world: World) -> Any:
    return world.pick(world.randint(1, 900), round(world.uniform(1, 400), 2))


def _small(world: World) -> int:
    return world.randint(2, 60)


def _large(world: World) -> int:
    return world.randint(100, 9000)


def _day(world: World) -> str:
    year, month, day = world.randint(2015, 2031), world.randint(1, 12), world.randint(1, 28)
    return world.pick(f"{year}-{month:02d}-{day:02d}", f"{day:02d}.{month:02d}.{year}", f"{words.MONTHS[month - 1]} {day}", world.choice(words.DAYS))


def _clock(world: World) -> str:
    return f"{world.randint(0, 23):02d}:{world.randint(0, 59):02d}"


def _brand(world: World) -> str:
    return world.pseudo(capital=True)


def _title(world: World) -> str:
    return world.pick(f"The {world.choice(words.ADJECTIVES).capitalize()} {world.noun().capitalize()}", _brand(world), f"{world.first_name()} and the {world.noun().capitalize()}")


_ITEM: Final[_Maker] = lambda world: world.choice(world.items)  # noqa: E731
FORMS: Final[dict[str, tuple[dict[str, _Maker], tuple[str, ...]]]] = {
    "mail": ({"sender": World.email, "recipient": World.email, "subject": World.sentence, "date": _day, "time": _clock}, (
        "From: {sender}\nTo: {recipient}\nDate: {date} {time}\nSubject: {subject}", "To: {recipient}\nSubject: {subject}\nSent: {date}, {time}\nFrom: {sender}", 'On {date} at {time}, {sender} wrote to {recipient}: "{subject}"',
        "{recipient} got a mail from {sender} on {date} at {time}. The subject line was: {subject}", "Subject: {subject} ({date} {time})\n<{sender}> -> <{recipient}>", 'I found a message "{subject}" in the inbox of {recipient}. {sender} sent it at {time} on {date}.',
    )),
    "log": ({"level": lambda world: world.pick("ERROR", "INFO", "WARN", "DEBUG", "FATAL"), "time": _clock, "service": lambda world: world.pseudo(capital=False), "code": _large, "user": lambda world: world.first_name().lower(), "duration": _small}, (
        "{time} [{level}] {service}: code={code} user={user} took {duration}ms", "[{level}] {time} {service} - request of {user} ended with {code} after {duration}ms", "{level} {service}[{code}] {user} {duration}ms @{time}",
        "at {time} the service {service} wrote {level} {code} for user {user}, it needed {duration}ms", 'time={time} level={level} svc={service} user="{user}" dur={duration}ms code={code}', "{service} | {user} | {level} | {time} | {code} | {duration}ms",
    )),
    "invoice": ({"number": World.code, "customer": World.name, "total": _price, "due": _day, "items": _small}, (
        "Invoice {number}\nBill to: {customer}\nItems: {items}\nTotal: {total}EUR\nPay by {due}", "{customer} owes us ${total} for {items} items. The bill has the number {number} and must be paid by {due}.", "Please pay {total} dollars until {due}. Bill {number}, {items} items, issued to {customer}.",
        "No. {number} / {customer} / {items}pcs / {total}USD / due {due}", "By {due} we expect {total} euros from {customer} (invoice {number}, {items} positions).", "Dear {customer}, this is bill {number} for {items} things. The sum of {total}€ is due on {due}.",
    )),
    "booking": ({"guest": World.name, "hotel": lambda world: f"Hotel {_brand(world)}", "nights": _small, "room": lambda world: world.randint(1, 900), "arrival": _day, "price": _price}, (
        "{hotel}: {guest}, room{room}, {nights} nights from {arrival}, {price} per night", "On {arrival} {guest} checks in at {hotel} for {nights} nights. Room {room} costs {price} dollars.", "Room {room} is kept for {guest}, arriving {arrival}, staying {nights} nights ({price}€). {hotel}",
        "{nights}x night / {price}EUR / Rm{room} / {hotel} / {guest} / in: {arrival}", "Hi, {guest} here. I come to {hotel} on {arrival} and sleep {nights} nights in room {room} for {price} dollars.", "We at {hotel} thank you, {guest}! You pay {price} euros for {nights} nights in {room}, starting {arrival}.",
    )),
    "order": ({"order_id": World.code, "product": _ITEM, "quantity": _small, "price": _price, "customer": World.name, "city": World.city}, (
        "{quantity}x {product} for {customer}, {city}. {price}EUR in all. Ref {order_id}", "{customer} from {city} ordered {quantity} {product} for {price} dollars (order {order_id}).", "Order {order_id}: ship {quantity} {product} to {city}, name {customer}, {price}USD",
        "Send {quantity} {product} to {customer} in {city}. It is order {order_id} and comes to {price} euros.", "{price} euros were paid by {customer} ({city}) for {quantity} {product}, see {order_id}.", "#{order_id} {city} {customer} {product} x{quantity} @{price}",
    )),
    "person": ({"name": World.name, "age": lambda world: world.randint(3, 99), "city": World.city, "job": lambda world: world.choice(world.jobs), "phone": World.phone, "children": lambda world: world.randint(1, 7)}, (
        "{name} ({age}), {job}, {city}, tel. {phone}, {children} kids", "In {city} lives a {job} called {name}, aged {age}, with {children} children. The phone number is {phone}.", "Call {phone} and ask for {name}, the {job} from {city}. Age {age}, {children} children.",
        "The {job} {name} turned {age} in {city} and has {children} children. Reach this person at {phone}.", "{children} children call {name} their parent. The {age}-year-old is a {job} in {city} (phone {phone}).", "Name {name} Age {age}y Kids {children} Job {job} City {city} Tel {phone}",
    )),
    "device": ({"device": lambda world: f"{_brand(world)}-{world.randint(1, 90)}", "room": lambda world: f"{world.randint(1, 90)}{world.choice('ABCD')}", "battery": lambda world: world.randint(1, 100), "temperature": lambda world: world.randint(-20, 60), "online": lambda world: world.chance(0.5), "version": lambda world: f"{world.randint(1, 9)}.{world.randint(0, 20)}"}, (
        "{device} in room {room}: battery {battery}%, {temperature}C, v{version}, {online:online|offline}", "The sensor {device} hangs in {room}, is {online:online|offline} and reads {temperature} degrees. It runs version {version} with {battery} percent of battery.", "[{room}] {device} fw{version} {temperature}°C bat={battery}% {online:online|offline}",
        "It is {temperature} degrees in room {room}, says {device}. Battery at {battery}%, firmware {version}, {online:connected|not connected}.", "{battery}% left on {device} ({version}), {online:reachable|not reachable}, {temperature}C, place: {room}",
    )),
    "product": ({"product": lambda world: f"{world.choice(words.ADJECTIVES)} {world.noun()}", "brand": _brand, "price": _price, "weight": _small, "color": lambda world: world.choice(words.COLORS), "stock": _large, "warranty": lambda world: world.randint(1, 10)}, (
        "{brand} {product}, {color}, {weight}kg, {price}EUR, {stock} in stock, {warranty}y warranty", "For {price} dollars you get a {color} {product} by {brand}. It weighs {weight}kg, {stock} are left and the warranty is {warranty} years.", "We have {stock} pieces of the {product} from {brand}. Color {color}, weight {weight} kilos, {warranty} years of warranty, price {price}.",
        "{stock}x {product} ({color}/{weight}kg/{warranty}yrs) {brand} ${price}", "{brand} sells a {product} that is {color} and {weight} kilos heavy. Price: {price} euros. Warranty: {warranty} years. Stock: {stock}.",
    )),
    "film": ({"title": _title, "director": World.name, "year": lambda world: world.randint(1920, 2030), "minutes": lambda world: world.randint(60, 240), "genre": lambda world: world.pick("comedy", "drama", "western", "thriller", "horror", "romance", "documentary"), "rating": lambda world: round(world.uniform(1, 10), 1)}, (
        "{title} ({year}), {genre}, {minutes}min, dir. {director}, {rating}/10", "In {year} {director} made the {genre} {title}. It runs {minutes} minutes and people give it {rating} points.", "{rating} points for {title}, a {genre} of {minutes} minutes by {director} from {year}.",
        "We saw a {genre} from {year}: {title}. {director} directed it, and after {minutes} minutes I gave it {rating}.", "{director}'s {minutes}-minute {genre} {title} came out in {year}. Rated {rating}.", "{year} | {director} | {title} | {genre} | {minutes}m | {rating}",
    )),
    "event": ({"title": _title, "date": _day, "time": _clock, "place": World.city, "guests": _large, "host": World.name}, (
        "{title} @ {place}, {date} {time}, host: {host}, {guests}p", "{host} invites {guests} people to {title} in {place}. It starts on {date} at {time}.", "At {time} on {date} the doors open in {place}: {guests} guests are expected for {title} with {host}.",
        "Save the date: {date}, {time}! {title} comes to {place}. Your host is {host}, room for {guests}.", "{guests} guests, {place}, {time}, {date}. That is {title} by {host}.",
    )),
    "flight": ({"flight": lambda world: f"{world.letters(2)}{world.digits(3)}", "origin": World.city, "destination": World.city, "departure": _clock, "gate": lambda world: f"{world.choice('ABCDEF')}{world.randint(1, 80)}", "seat": lambda world: f"{world.randint(1, 60)}{world.choice('ABCDEF')}", "date": _day}, (
        "{flight} {origin} - {destination} {date} {departure} gate {gate} seat {seat}", "You fly to {destination} from {origin} on {date}. {flight} leaves at {departure} from gate {gate}, your seat is {seat}.", "Go to {gate} before {departure}: {flight} takes you from {origin} to {destination} on {date}, seat {seat}.",
        "Seat {seat}, gate {gate}, {date}. Flight {flight} for {destination} leaves {origin} at {departure}.", "At {departure} on {date} my plane {flight} starts in {origin}. I sit in {seat}, board at {gate} and land in {destination}.",
    )),
    "payment": ({"amount": _price, "currency": lambda world: world.pick("USD", "EUR", "GBP", "CHF", "JPY"), "payer": World.name, "receiver": World.name, "date": _day, "reference": World.code}, (
        "{date} {payer} -> {receiver} {amount}{currency} ref {reference}", "{receiver} received {amount} {currency} from {payer} on {date}, reference {reference}.", "On {date} {payer} sent {currency} {amount} to {receiver}. Reference: {reference}",
        "{amount}{currency} went to {receiver}. Payer: {payer}. Ref: {reference}. Day: {date}", "With the reference {reference} {payer} paid {receiver} {amount} {currency} on {date}.",
    )),
}  # fmt: skip
"""By kind: its fields, and texts that hold them all; ``{online:yes|no}`` are the words for true and false."""


def form_record(world: World) -> tuple[str, str, dict[str, Any]]:
    """A kind of record, a text that tells it, and the record."""
    kind = world.choice(list(FORMS))
    makers, texts = FORMS[kind]
    record = {key: make(world) for key, make in makers.items()}

    def shown(match: re.Match[str]) -> str:
        key, _, choices = match[1].partition(":")
        return choices.split("|")[0 if record[key] else 1] if choices else str(record[key])

    return kind, re.sub(r"\{([^{}]+)\}", shown, world.choice(texts)), record
