"""What people say instead of an order, and the loose sentences in which they give a value.

``{x}`` is the thing, ``{v}`` the value.
"""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "get": "what do we have on {x}|I'd like to see {x}|let me see {x}", "create": "we need a new one: {x}|there is no {x} yet", "delete": "I don't need {x} anymore|{x} can go|{x} is of no use now|get {x} out of here",
    "update": "{x} is not right anymore|something changed with {x}", "find": "I can't find {x}|where did {x} go|have you seen {x}", "list": "what is there in {x}|which ones belong to {x}", "send": "{x} should reach them|{x} has to get there",
    "open": "let me into {x}|{x} is still shut", "close": "{x} should not stay open|we are done with {x}", "start": "{x} should run now|let {x} run|get {x} going", "stop": "{x} must not go on|enough of {x}|{x} should not run",
    "check": "is everything fine with {x}|is {x} ok|how is {x} doing", "book": "I need a place in {x}|is {x} free|keep {x} for me", "cancel": "I don't want {x} anymore|I changed my mind about {x}|forget about {x}|{x} is not going to happen",
    "print": "I need {x} on paper|can I have {x} on paper", "rename": "{x} has the wrong name", "move": "{x} is in the wrong place|{x} belongs somewhere else", "copy": "I need {x} twice|I need another one like {x}", "archive": "I am done with {x}|{x} is over",
    "share": "others should see {x} too|the others need {x}", "export": "I need {x} as a file", "import": "there is more for {x}", "calculate": "what does {x} come to|how much is {x} in total", "convert": "I can't use {x} like this",
    "summarize": "{x} is too long for me|what does {x} say in short", "schedule": "when could {x} be|find a date for {x}", "assign": "somebody has to do {x}", "approve": "{x} is fine with me|yes to {x}|{x} looks good", "reject": "{x} is no good|no to {x}",
    "track": "where is {x} now|how far is {x}", "scan": "is there anything in {x}", "lock": "nobody should get into {x}|{x} must not stay open", "download": "I want {x} on my computer", "upload": "{x} should be online", "refresh": "{x} is out of date|{x} looks old",
    "reset": "{x} should be as before|{x} hangs again", "merge": "{x} should become one", "sort": "{x} is a mess", "count": "how many are in {x}|how many are there of {x}", "compare": "which is better in {x}", "rate": "{x} was great|what do I think of {x}",
    "publish": "the world should see {x}|{x} is ready for everybody", "order": "I would like to have {x}|I take {x}|we ran out of {x}", "pay": "I owe money for {x}|{x} is still to be settled", "record": "{x} should not be forgotten", "play": "I want to hear {x}|let me listen to {x}",
    "pause": "{x} can wait", "mute": "{x} is too loud|I don't want to hear {x}", "enable": "{x} should be on", "disable": "{x} should be off|{x} need not be on", "measure": "how big is {x} really", "translate": "I don't understand {x}", "repair": "{x} is broken|{x} does not work anymore|something is wrong with {x}",
    "clean": "{x} is dirty|somebody made a mess of {x}|{x} looks terrible", "invite": "{x} should come too|ask {x} to be there", "notify": "{x} should know about it|nobody told {x}", "rent": "I'd like to use {x} for a while|I need {x} for some time", "sell": "I want money for {x}",
    "ship": "{x} must go out|{x} has to leave the house", "generate": "I need one more {x}", "validate": "is {x} correct", "tag": "{x} needs a mark",
}  # fmt: skip
"""By verb: sentences from which it follows."""

CLAUSES: Final[dict[str, str]] = {
    "city": "I am in {v}|we are in {v}|it is in {v}|I mean the one in {v}|it is about {v}", "name": "it is for {v}|{v} wants it|{v} asked for it|this is about {v}|I mean {v}|{v} is waiting", "code": "the number is {v}|I mean {v}|it says {v} on it|it is {v}|it has the number {v}",
    "date": "it must be {v}|{v} would be good|I need it {v}|it should happen {v}", "time": "{v} would be great|let's say {v}|it has to be {v}|{v} is best", "email": "write to {v}|the address is {v}|my mail is {v}", "path": "the file is {v}|you find it in {v}|it is {v}", "url": "the link is {v}|it is at {v}|look at {v}",
    "query": "it is about {v}|I am interested in {v}|the topic is {v}", "text": "say {v}|tell them {v}|it should say {v}|write {v}", "language": "they speak {v}|it has to be in {v}|{v}, please", "word": "it is called {v}|I mean {v}|take {v}|it says {v}", "color": "I like {v}|{v} would be nice|it should be {v}",
    "integer": "{v} should do|{v} will be enough|let's say {v}|make it {v}|I think {v}|we need {v}|{v} is right|take {v}", "number": "{v} should do|let's say {v}|make it {v}|it comes to {v}|{v} is enough", "enum": "{v}, please|I want {v}|make it {v}|{v} is fine|{v} will do", "strings": "it is about {v}|I have {v}|take {v}",
}  # fmt: skip
"""By kind of value: sentences that give it."""
