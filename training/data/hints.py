"""What people say instead of an order, and the loose sentences in which they give a value.

``{x}`` is the thing, ``{v}`` the value.
"""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "get": "what do we have on {x}|I'd like to see {x}|let me see {x}|I need a look at {x}|where is the data on {x}", "create": "we need a new one: {x}|there is no {x} yet|we are missing {x}|the system does not know {x} yet|somebody forgot to enter {x}",
    "delete": "I don't need {x} anymore|{x} can go|{x} is of no use now|get {x} out of here|nobody uses {x} these days", "update": "{x} is not right anymore|something changed with {x}|the details of {x} are wrong|{x} still has the old data|there is news about {x}",
    "find": "I can't find {x}|where did {x} go|have you seen {x}|{x} must be somewhere|I lost {x}", "list": "what is there in {x}|which ones belong to {x}|I want an overview of {x}|what do we have under {x}|which entries are in {x}",
    "send": "{x} should reach them|{x} has to get there|they are waiting for {x}|{x} is still here with me|others should receive {x}", "open": "let me into {x}|{x} is still shut|I want to get into {x}|{x} won't let me in|I stand in front of {x}",
    "close": "{x} should not stay open|we are done with {x}|that's it for {x}|nobody needs {x} any longer today|leave nothing of {x} standing open", "start": "{x} should run now|let {x} run|get {x} going|why is {x} not running yet|we are waiting for {x}",
    "stop": "{x} must not go on|enough of {x}|{x} should not run|{x} went on long enough|I can't let {x} go on", "check": "is everything fine with {x}|is {x} ok|how is {x} doing|I am worried about {x}|I don't trust {x}",
    "book": "I need a place in {x}|is {x} free|keep {x} for me|we want to come to {x}|is there still a place in {x}", "cancel": "I don't want {x} anymore|I changed my mind about {x}|forget about {x}|{x} is not going to happen|we won't need {x} after all",
    "print": "I need {x} on paper|can I have {x} on paper|I want to hold {x} in my hands|I can't read {x} on the screen|a sheet with {x} would help", "rename": "{x} has the wrong name|I don't like what {x} is called|{x} should be called something else|nobody understands the title of {x}",
    "move": "{x} is in the wrong place|{x} belongs somewhere else|{x} should not be here|{x} stands in the way|there is a better spot for {x}", "copy": "I need {x} twice|I need another one like {x}|one {x} is not enough|I want to keep {x} and have another|{x} should exist two times",
    "archive": "I am done with {x}|{x} is over|{x} is old but I want to keep it|we don't work on {x} anymore|{x} can rest now", "share": "others should see {x} too|the others need {x}|my team can't see {x}|I am not the only one who needs {x}|let the others have a look at {x}",
    "export": "I need {x} as a file|I want to use {x} in another program|I need {x} outside of this system|how do I take {x} with me", "import": "there is more for {x}|{x} is still in the old system|the data of {x} is not in here yet|I have a file with {x}",
    "calculate": "what does {x} come to|how much is {x} in total|what is the sum of {x}|I need the figure for {x}|what do we get for {x}", "convert": "I can't use {x} like this|{x} is in the wrong format|I need {x} in another form|my program can't read {x}",
    "summarize": "{x} is too long for me|what does {x} say in short|I have no time to read all of {x}|what is the main point of {x}|just the most important things of {x}", "schedule": "when could {x} be|find a date for {x}|{x} has no date yet|we need a day for {x}|when shall we have {x}",
    "assign": "somebody has to do {x}|nobody is on {x} yet|who takes {x}|{x} needs an owner|I need a person for {x}", "approve": "{x} is fine with me|yes to {x}|{x} looks good|I have nothing against {x}|{x} may go ahead",
    "reject": "{x} is no good|no to {x}|I don't agree with {x}|we can't accept {x}|{x} will not get through", "track": "where is {x} now|how far is {x}|I want to know where {x} is|{x} should have been here by now|has {x} come any closer",
    "scan": "is there anything in {x}|I fear something bad is in {x}|is {x} safe|could there be a virus in {x}", "lock": "nobody should get into {x}|{x} must not stay open|{x} is open to everybody|keep strangers out of {x}|is {x} shut for good",
    "download": "I want {x} on my computer|I need {x} offline|I want to save {x} here|can I have {x} on my disk", "upload": "{x} should be online|{x} is only on my computer|{x} should be on the server|the others can't reach {x} from there",
    "refresh": "{x} is out of date|{x} looks old|I still see the old {x}|{x} does not show the latest|is there anything newer in {x}", "reset": "{x} should be as before|{x} hangs again|{x} went crazy|let me begin again with {x}|I messed up {x}",
    "merge": "{x} should become one|{x} is in two pieces|why do we have {x} twice|the parts of {x} belong together", "sort": "{x} is a mess|I can't find anything in {x}|everything in {x} is mixed up|{x} has no order",
    "count": "how many are in {x}|how many are there of {x}|I want to know the size of {x}|do we have enough of {x}", "compare": "which is better in {x}|what is the difference in {x}|I can't decide about {x}|which one of {x} should I take",
    "rate": "{x} was great|what do I think of {x}|I liked {x} a lot|{x} was worth five stars", "publish": "the world should see {x}|{x} is ready for everybody|{x} should not stay secret|let people read {x}|everybody may have {x} now",
    "order": "I would like to have {x}|I take {x}|we ran out of {x}|I want {x} delivered|we have no {x} left", "pay": "I owe money for {x}|{x} is still to be settled|they want their money for {x}|there is an open bill for {x}|I still have to give them money for {x}",
    "record": "{x} should not be forgotten|keep {x} for later|I want to remember {x}|{x} should be in the books", "play": "I want to hear {x}|let me listen to {x}|I am in the mood for {x}|how about some {x}", "pause": "{x} can wait|give {x} a rest|leave {x} for a moment|I need a break from {x}",
    "mute": "{x} is too loud|I don't want to hear {x}|{x} makes too much noise|I need silence from {x}", "enable": "{x} should be on|{x} should work from now on|why is {x} off|I need {x} active", "disable": "{x} should be off|{x} need not be on|I don't want {x} active|{x} should not do anything for now",
    "measure": "how big is {x} really|I need the size of {x}|what are the dimensions of {x}|I don't know the value of {x}", "translate": "I don't understand {x}|I can't read the language of {x}|what does {x} say in my language|{x} is in a foreign language",
    "repair": "{x} is broken|{x} does not work anymore|something is wrong with {x}|{x} gave up", "clean": "{x} is dirty|somebody made a mess of {x}|{x} looks terrible|{x} is full of dust",
    "invite": "{x} should come too|ask {x} to be there|I would like to have {x} with us|{x} is not on the guest list yet", "notify": "{x} should know about it|nobody told {x}|{x} has not heard about it|{x} must not miss this",
    "rent": "I'd like to use {x} for a while|I need {x} for some time|I don't want to own {x}, only use it|can I have {x} for a few days", "sell": "I want money for {x}|I don't want to keep {x}|somebody else may have {x} for a good price|what would people give me for {x}",
    "ship": "{x} must go out|{x} has to leave the house|the customer is waiting for {x}|{x} is packed and ready", "generate": "I need one more {x}|there should be another {x}|I have no {x} yet|surprise me with {x}",
    "validate": "is {x} correct|can I rely on {x}|are there mistakes in {x}|I am not sure {x} is right", "tag": "{x} needs a mark|I want to recognize {x} later|{x} should be easy to spot|put something on {x} so that I know it",
    "set": "{x} should have another value|I want {x} different|{x} is not at the right value|{x} needs a value", "water": "{x} is dry|{x} looks thirsty|it has not rained on {x} for days|the soil of {x} is hard as stone",
    "paint": "{x} needs a new color|the color of {x} is coming off|{x} should look like new|I don't like the color of {x}", "restore": "I want the old {x} again|{x} was fine yesterday|{x} is gone and I need it|can {x} be saved",
    "freeze": "nobody should touch {x} for now|{x} must stay as it is|no changes to {x}, please|{x} should not move", "encrypt": "nobody else should be able to read {x}|{x} is secret|{x} must be safe from curious eyes|strangers can read {x}",
    "forecast": "how will {x} look next week|what will become of {x}|where is {x} going|what can we expect of {x}", "polish": "{x} has lost its shine|I want to see my face in {x}|{x} looks dull|{x} should gleam",
    "recommend": "which {x} would you take|I don't know which {x} to choose|what is a good {x}|any ideas for {x}", "donate": "I want to give {x} to people who need it|a charity could use {x}|poor people could use {x}|I want no money for {x}, others need it more",
    "inflate": "{x} is flat|{x} needs air|there is no air in {x}|{x} lost all its air", "calibrate": "{x} shows wrong values|{x} is slightly off|the values of {x} are not exact|{x} does not measure right",
    "quarantine": "{x} could infect the others|keep {x} away from the rest|{x} might be dangerous|nothing else should touch {x}", "deploy": "{x} should go live|the users are waiting for the new {x}|{x} is tested and ready for production|put {x} in front of the users",
}  # fmt: skip
"""By verb: sentences from which it follows."""

CLAUSES: Final[dict[str, str]] = {
    "city": "I am in {v}|we are in {v}|it is in {v}|I mean the one in {v}|it is about {v}|we need it in {v}|{v} is the place|I am talking about {v}",
    "name": "it is for {v}|{v} wants it|{v} asked for it|this is about {v}|I mean {v}|{v} is waiting|{v} is the one|ask for {v}|I am talking about {v}|{v} will be happy",
    "code": "the number is {v}|I mean {v}|it says {v} on it|it is {v}|it has the number {v}|look for {v}|{v} is the one|they gave me {v}|the label reads {v}", "date": "it must be {v}|{v} would be good|I need it {v}|it should happen {v}|{v} is the day|I can only do {v}|we agreed on {v}|{v} suits me",
    "time": "{v} would be great|let's say {v}|it has to be {v}|{v} is best|I am free at {v}|we agreed on {v}|I was thinking of {v}|{v} suits me", "email": "write to {v}|the address is {v}|my mail is {v}|{v} is where it goes|they use {v}|it belongs to {v}",
    "path": "the file is {v}|you find it in {v}|it is {v}|I mean {v}|look into {v}|I saved it as {v}|it lies in {v}", "url": "the link is {v}|it is at {v}|look at {v}|I found it at {v}|I mean {v}|here it is: {v}|the address is {v}",
    "query": "it is about {v}|I am interested in {v}|the topic is {v}|I want to know about {v}|I am looking for {v}|I need something on {v}|it has to do with {v}",
    "text": "say {v}|tell them {v}|it should say {v}|write {v}|these are the words: {v}|the words are {v}|I want them to read {v}|put it like this: {v}", "language": "they speak {v}|it has to be in {v}|{v}, please|I only understand {v}|{v} is best|we all read {v}|make it {v}",
    "word": "it is called {v}|I mean {v}|take {v}|it says {v}|the word is {v}|I would say {v}|{v} is what I want|we call it {v}", "color": "I like {v}|{v} would be nice|it should be {v}|{v} is my color|I was thinking of {v}|nothing but {v}|I want {v}",
    "integer": "{v} should do|{v} will be enough|let's say {v}|make it {v}|I think {v}|we need {v}|{v} is right|take {v}|I was thinking of {v}|I would say {v}|{v} is what I want|not more than {v}, not less",
    "number": "{v} should do|let's say {v}|make it {v}|it comes to {v}|{v} is enough|I was thinking of {v}|the figure is {v}|I would say {v}|{v} is right", "enum": "{v}, please|I want {v}|make it {v}|{v} is fine|{v} will do|I would say {v}|I prefer {v}|{v} is best|I was thinking of {v}",
    "strings": "it is about {v}|I have {v}|take {v}|it is all about {v}|these ones: {v}|I was thinking of {v}|there is {v}",
}  # fmt: skip
"""By kind of value: sentences that give it."""
