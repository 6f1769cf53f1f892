"""Tools of everyday programs, told in strings: their parameters, and what people say who need them.

In the forms ``{0}`` is the first value of the call; in results ``<0>`` is, and ``<n>``, ``<p>``, ``<w>``,
``<s>``, ``<f>`` are a made-up number, price, word, sentence and file.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Service(NamedTuple):
    """Names and descriptions to choose from, parameters as "name/name kind", forms of orders and of
    questions (or noun phrases), results as "content => answer"."""

    names: str
    about: str
    parameters: str
    orders: str
    wishes: str = ""
    results: str = ""
    weight: float = 3


SERVICES: Final[dict[str, Service]] = {
    "search": Service("web_search, search, search_web, google, internet_search, tavily_search", "Search the web|Searches the internet for a query.|Web search|Find information online", "query/query/q query",
        "search for {0}|search the web for {0}|google {0}|look up {0} online|find information about {0}|look for {0} on the internet|do a web search for {0}|find out about {0}|see what the internet says about {0}", "what can you find online about {0}", '<s> => Here is what I found: <s>.|{"results": ["<s>"]} => Here is what I found: <s>.', 6),
    "email": Service("send_email, send_mail, email, compose_email", "Send an email|Send an e-mail to someone|Sends mail.", "to/recipient/address email, body/message/text text",
        "send an email to {0} saying {1}|email {0} with the text {1}|write to {0}: {1}|mail {0} {1}|let {0} know by mail: {1}|drop {0} a line saying {1}|send {1} to {0}|tell {0} {1} by email", "", 'ok => Your message to <0> was sent.|{"status": "sent"} => Your message to <0> was sent.', 5),
    "message": Service("send_message, send_sms, text_message, send_text, message", "Send a text message|Send an SMS to a person|Sends a message to a contact.", "to/recipient/contact name, text/message/body text",
        "text {0} {1}|send {0} a message saying {1}|message {0}: {1}|tell {0} {1}|send a text to {0} that says {1}|let {0} know: {1}|write {0} a short message: {1}", "", "ok => Your message to <0> was sent.|sent => Your message to <0> was sent.", 4),
    "timer": Service("set_timer, start_timer, timer", "Set a timer|Start a timer for some minutes|Countdown timer", "minutes/minutes/duration integer",
        "set a timer for {0} minutes|start a {0} minute timer|remind me in {0} minutes|wake me in {0} minutes|count down {0} minutes|time {0} minutes|my eggs need {0} minutes, time it", "", 'ok => The timer is set for <0> minutes.|{"status": "started"} => The timer is set for <0> minutes.'),
    "alarm": Service("set_alarm, alarm, create_alarm, wake_up_call", "Set an alarm|Alarm clock|Wakes the user at a time", "time/time/at time",
        "set an alarm for {0}|wake me at {0}|wake me up at {0}|make the alarm ring at {0}|I have to get up at {0}|let the alarm go off at {0}", "", "ok => The alarm is set for <0>."),
    "reminder": Service("set_reminder, add_reminder, create_reminder, remind_me, reminder", "Set a reminder|Remind the user of something|Creates a reminder.", "text/task/message text, date/when/time date",
        "remind me {1}: {0}|remind me of {0} on {1}|set a reminder {0} for {1}|don't let me forget {0} on {1}|create a reminder for {1} saying {0}", "", "ok => The reminder was created."),
    "translate": Service("translate, translate_text, translation", "Translate a text|Translates text into a language.|Translation service", "text/phrase/input text, target_language/to/language language",
        "translate {0} to {1}|translate {0} into {1}|say {0} in {1}|put {0} into {1}|turn {0} into {1}", "how do you say {0} in {1}|what is {0} in {1}|what does {0} mean in {1}", '<w> <w> => The translation is: <w> <w>|{"translation": "<w>"} => The translation is: <w>', 4),
    "stocks": Service("get_stock_price, stock_price, get_quote, stock_quote", "Get the price of a stock|Current stock price|Stock quotes by ticker", "symbol/ticker/company word",
        "get the stock price of {0}|look up the share price of {0}|check the stock {0}", "the stock price of {0}|the share price of {0}|how much is {0} stock|what does a share of {0} cost|how is {0} trading|what are {0} shares worth", '<p> => The price of <0> is <p>.|{"price": <p>} => The price of <0> is <p>.', 4),
    "currency": Service("convert_currency, currency_convert, exchange", "Convert money from one currency to another|Currency conversion", "amount number, from_currency/source currency, to_currency/target currency",
        "convert {0} {1} to {2}|change {0} {1} into {2}|exchange {0} {1} for {2}|turn {0} {1} into {2}", "how much is {0} {1} in {2}|what is {0} {1} in {2}|{0} {1} in {2}|how many {2} do I get for {0} {1}", '<p> => The result is <p>.|{"result": <p>} => The result is <p>.'),
    "units": Service("convert_units, unit_converter, convert, convert_length", "Convert between units|Unit conversion|Converts a measure.", "value number, from_unit/source unit, to_unit/target unit",
        "convert {0} {1} to {2}|turn {0} {1} into {2}|change {0} {1} to {2}", "how many {2} are {0} {1}|what is {0} {1} in {2}|how much is {0} {1} in {2}", '<p> => The result is <p>.|{"result": <p>} => The result is <p>.'),
    "note": Service("save_note, create_note, add_note, take_note, write_note, remember", "Save a note|Write something down|Takes a note.", "text/note/content text",
        "note down {0}|take a note: {0}|save a note that says {0}|write down {0}|make a note {0}|jot down {0}|remember {0}|put {0} in my notes", "", 'saved => The note was saved.|{"ok": true} => The note was saved.', 4),
    "lamp": Service("set_light, control_light, set_lamp, switch_light, toggle_light", "Switch a light|Turn a lamp on or off|Light control", "room/location/lamp room, state/power switch",
        "set the light in the {0} to {1}|switch the {0} lamp {1}|turn the {0} light {1}|put the lamp in the {0} {1}|turn {1} the lights in the {0}|I want the light in the {0} {1}", "", "ok => The <0> light is now <1>.", 4),
    "dim": Service("set_brightness, dim_lights, brightness", "Set the brightness of a room|Dim the lights", "room room, percent/level/brightness integer",
        "dim the {0} to {1} percent|set the brightness in the {0} to {1}|make the {0} {1} percent bright|turn the {0} lights down to {1} percent", "", "ok => The brightness in the <0> is <1>."),
    "music": Service("play_music, play_song, play", "Play music|Play a song by name|Starts a song.", "song/title/track query",
        "play {0}|play the song {0}|put on {0}|I want to hear {0}|start {0}|let me hear {0}|play some {0}|I am in the mood for {0}, play it", "", "ok => Now playing <0>.|playing => Now playing <0>.", 4),
    "volume": Service("set_volume, volume, change_volume", "Set the volume|Sound volume in percent", "level/percent/volume integer",
        "set the volume to {0}|turn the volume to {0}|turn it down to {0}|make it louder, say {0}|put the sound at {0} percent", "", "ok => The volume is <0>."),
    "calendar": Service("create_event, add_event, calendar_add, schedule_meeting, create_calendar_event", "Create a calendar event|Schedule a meeting|Adds an event to the calendar.", "title/name/subject query, date/day/when date",
        "schedule {0} on {1}|add {0} to my calendar on {1}|put {0} in the calendar for {1}|plan {0} for {1}|create an event {0} on {1}|set up {0} for {1}|{0} is on {1}, add it to my calendar", "", 'ok => The event was created.|{"created": true} => The event was created.', 4),
    "agenda": Service("get_events, list_events, show_calendar, get_agenda, check_calendar", "List the events of a day|Shows the calendar of a day", "date/day/when date",
        "show my calendar for {0}|list my events on {0}|check my agenda for {0}|open my schedule for {0}", "what do I have on {0}|what is planned for {0}|am I free on {0}|what is on my calendar for {0}|my appointments on {0}", "<s> => On <0> there is: <s>."),
    "table": Service("book_table, reserve_table, restaurant_booking, make_reservation", "Book a table in a restaurant|Reserve a table|Restaurant reservation", "restaurant/name/place word, guests/people/party_size integer, time/at/when time",
        "book a table at {0} for {1} people at {2}|reserve a table for {1} at {0} at {2}|get us a table at {0}, {1} persons, {2}|we are {1} and want to eat at {0} at {2}|I'd like to have dinner at {0} at {2} with {1} people", "", "ok => The table at <0> is booked.|confirmed => The table at <0> is booked.", 4),
    "flight": Service("book_flight, search_flights, find_flights, flight_search", "Search flights between two cities|Find a flight|Book a flight", "origin/from/from_city city, destination/to/to_city city, date/day/departure_date date",
        "find a flight from {0} to {1} on {2}|book me a flight from {0} to {1} for {2}|I want to fly from {0} to {1} on {2}|get me from {0} to {1} by plane on {2}|search flights to {1} from {0} on {2}", "which flights go from {0} to {1} on {2}", "<w> => I found: <w>.", 4),
    "hotel": Service("book_hotel, search_hotels, find_hotel, hotel_search", "Find hotels in a city|Search for a place to stay|Hotel booking", "city/location/place city, nights/days integer",
        "find a hotel in {0} for {1} nights|book {1} nights in {0}|I need a room in {0} for {1} nights|get me a place to stay in {0} for {1} nights|look for a hotel in {0}, {1} nights", "", "<w> => I found: <w>."),
    "taxi": Service("call_taxi, order_taxi, book_ride, request_ride, get_cab", "Order a taxi|Call a cab to an address|Book a ride", "pickup/from/address place, destination/to/target place",
        "call a taxi from {0} to {1}|get me a cab from {0} to {1}|I need a ride from {0} to {1}|order a car from {0} to {1}|take me from {0} to {1}", "", "ok => The taxi is on its way."),
    "route": Service("get_directions, directions, route, navigate, find_route", "Directions between two places|Find the way|Route planner", "start/origin/from place, end/destination/to place",
        "show me the way from {0} to {1}|find a route from {0} to {1}|give me directions from {0} to {1}|navigate from {0} to {1}", "how do I get from {0} to {1}|what is the best way from {0} to {1}|how do I drive from {0} to {1}", "<s> => The way is: <s>."),
    "distance": Service("get_distance, distance, calculate_distance, measure_distance", "Distance between two cities|How far two places are apart", "from_city/start/a city, to_city/end/b city",
        "measure the distance from {0} to {1}|calculate how far {0} is from {1}", "how far is it from {0} to {1}|how many kilometers are between {0} and {1}|the distance between {0} and {1}|how far is {1} from {0}", "<n> => The distance is <n>."),
    "parcel": Service("track_package, track_order, package_status, track_shipment, where_is_my_order", "Track a package|Where a parcel is|Status of a delivery", "tracking_number/number/id code",
        "track the package {0}|track {0}|follow my parcel {0}|check on my delivery {0}", "where is my package {0}|when does parcel {0} arrive|the delivery status of {0}|where is the order {0} now|has {0} been delivered", '<s> => Here is the status: <s>.|{"status": "<w>"} => The status is <w>.', 4),
    "shopping": Service("add_to_list, add_item, shopping_list_add, add_to_shopping_list, add_to_cart", "Add something to the shopping list|Put an item on the list", "item/product/name item, quantity/amount/count integer",
        "add {1} {0} to the shopping list|put {1} {0} on my list|we need {1} {0}|I have to buy {1} {0}|buy {1} {0}|we are out of {0}, put {1} on the list", "", "ok => I added <1> <0>."),
    "todo": Service("add_todo, create_task, add_task, new_task, todo", "Add a task to the list of things to do|Create a to-do", "task/title/text text",
        "add a task {0}|put {0} on my to-do list|create a to-do {0}|I still have to do this: {0}|new task {0}", "", "ok => The task was added."),
    "recipe": Service("find_recipe, get_recipe, search_recipes, recipe", "Find a recipe|Recipes by dish", "dish/food/name food",
        "find a recipe for {0}|show me how to cook {0}|get me a recipe for {0}|I want to cook {0}", "how do I make {0}|how is {0} cooked|a recipe for {0}|what do I need for {0}", "<s> => Here is the recipe: <s>."),
    "define": Service("define, dictionary, get_definition, define_word, lookup_word", "Definition of a word|Dictionary|Explains a word.", "word/term/entry word",
        "define {0}|look up {0} in the dictionary|explain the word {0}|get the definition of {0}", "what does {0} mean|what does the word {0} mean|the meaning of {0}|the definition of {0}", "<s> => The meaning is: <s>."),
    "news": Service("get_news, news, latest_news, headlines, search_news", "Get the latest news on a topic|News headlines", "topic/subject/query query",
        "get the news about {0}|show me headlines on {0}|read me the latest about {0}|find news on {0}", "what is new about {0}|what happened with {0}|the latest news on {0}|what do the papers say about {0}", "<s> => Here is the news: <s>."),
    "wiki": Service("wikipedia, wiki_search, lookup, search_docs, knowledge_base", "Look something up in the encyclopedia|Search the knowledge base|Looks up an article.", "topic/query/title query",
        "look up {0}|read about {0}|find the article on {0}|tell me about {0}|see what the encyclopedia says about {0}", "what do you find about {0}", '<s> => Here is what I found: <s>.|{"text": "<s>"} => Here is what I found: <s>.'),
    "customer": Service("get_customer, find_user, get_user, lookup_customer, get_order, order_status", "Look up a record by its id|Find somebody by id|Get the details for an id", "id/user_id/order_id code",
        "look up {0}|find the record {0}|get the details of {0}|show me {0}|check on {0}|pull up {0}", "the status of {0}|who is {0}|the details of {0}|what do we know about {0}|how is {0} doing", "", 4),
    "contact": Service("find_contact, get_contact, lookup_phone, get_phone_number, phone_book", "Find a contact|Phone number of a person|Search the address book", "name/person/contact name",
        "find the number of {0}|look up {0} in the phone book|get me the phone number of {0}", "what is the number of {0}|how can I call {0}|the phone number of {0}|which number does {0} have", "<n> => The number is <n>."),
    "call": Service("make_call, call, phone_call, dial", "Call a person|Make a phone call", "name/person/contact name",
        "call {0}|phone {0}|ring {0}|give {0} a call|dial {0}|I want to talk to {0} on the phone", "", "ok => I am calling <0>."),
    "random": Service("random_number, get_random_number, random_int", "Random number between two bounds|Generate a random integer", "min/low/a integer, max/high/b integer",
        "pick a random number between {0} and {1}|give me a random number from {0} to {1}|choose a number between {0} and {1}|draw a number from {0} to {1}", "a random number between {0} and {1}", '<n> => The random number is <n>.|{"value": <n>} => The random number is <n>.'),
    "coin": Service("flip_coin, toss_coin, coin", "Flip a coin|Heads or tails", "", "flip a coin|toss a coin|throw a coin|decide with a coin|heads or tails", "", "heads => The coin landed on heads.|tails => The coin landed on tails.", 2),
    "calculator": Service("calculator, calculate, evaluate, math", "Evaluate an arithmetic expression|Calculator|Does math.", "expression/expr/formula formula",
        "calculate {0}|compute {0}|work out {0}|evaluate {0}|solve {0}", "{0}|how much is {0}|what is {0}|the value of {0}", '<n> => The result is <n>.|{"result": <n>} => The result is <n>.'),
    "root": Service("square_root, sqrt, root", "Square root of a number|Computes the square root", "number/x/value integer",
        "take the square root of {0}|compute the root of {0}", "the square root of {0}|what is the root of {0}|the root of {0}", "<p> => The result is <p>.", 2),
    "prime": Service("is_prime, check_prime, prime_check", "Whether a number is prime|Checks if a number is prime", "n/number/value integer",
        "check whether {0} is prime|test {0} for primality|find out if {0} is a prime number", "is {0} prime|is {0} a prime number|does {0} have divisors", "true => <0> is prime.|false => <0> is not prime.", 2),
    "tip": Service("calculate_tip, tip, tip_calculator", "Calculate the tip for a bill|How much tip to give", "bill/amount/total number, percent/rate integer",
        "calculate a {1} percent tip on {0}|work out {1} percent tip for a bill of {0}|add {1} percent tip to {0}", "how much tip is {1} percent of {0}|what tip do I give on {0} at {1} percent", "<p> => The tip is <p>.", 2),
    "password": Service("generate_password, make_password, random_password", "Generate a password of a length|Makes a safe password", "length/size/n integer",
        "generate a password with {0} characters|make me a {0} character password|I need a password of length {0}|create a secure password, {0} long", "", "<w> => The password is <w>.", 2),
    "thermostat": Service("set_thermostat, set_temperature, heating", "Set the temperature of a room|Heating control", "room room, temperature/degrees integer",
        "set the {0} to {1} degrees|heat the {0} to {1}|make it {1} degrees in the {0}|warm the {0} up to {1}|turn the heating in the {0} to {1}|it is too cold in the {0}, make it {1} degrees", "", "ok => The temperature in the <0> is set to <1> degrees."),
    "door": Service("lock_door, set_lock, door_lock", "Lock a door|Locks the door of a room", "door/room room",
        "lock the {0} door|lock the door of the {0}|make sure the {0} door is locked|close the {0} door with the key", "", "ok => The <0> door is locked.", 2),
    "blinds": Service("set_blinds, move_blinds, blinds", "Move the blinds of a room|Open or close the blinds", "room room, position/percent integer",
        "set the blinds in the {0} to {1} percent|move the {0} blinds to {1}|open the blinds in the {0} to {1} percent", "", "ok => The blinds in the <0> are at <1>.", 2),
    "vacuum": Service("start_vacuum, clean_room, vacuum, robot_clean", "Send the robot to clean a room|Vacuum a room", "room/area room",
        "vacuum the {0}|clean the floor in the {0}|send the robot to the {0}|the {0} is dusty, clean it", "", "ok => The robot cleans the <0>.", 2),
    "transfer": Service("transfer_money, send_money, make_payment, bank_transfer, pay", "Transfer money to someone|Send money|Make a payment", "recipient/to/name name, amount/sum/value number",
        "transfer {1} dollars to {0}|send {0} {1} euros|pay {0} {1}|wire {1} to {0}|I owe {0} {1} dollars, pay it|give {0} {1} from my account", "", "ok => <1> was sent to <0>.", 4),
    "query": Service("run_query, query_database, sql, execute_sql, db_query", "Run an SQL query|Query the database", "query/sql/statement sql",
        "run the query {0}|execute {0}|run {0} on the database|query the database: {0}", "", "<n> => The result is <n>.", 3),
    "count": Service("count_words, word_count, count_letters, text_length", "Count the words of a text|Length of a text", "text/input/sentence text",
        "count the words in {0}|tell me how long {0} is|get the word count of {0}", "how many words are in {0}|how long is {0}|the word count of {0}", "<n> => The count is <n>.", 2),
    "movie": Service("find_movie, movie_info, get_movie, search_movie", "Information about a movie|Find a film", "title/name/movie query",
        "find the movie {0}|look up the film {0}|get me details on the movie {0}", "who plays in {0}|when did the movie {0} come out|what is the film {0} about", "<s> => Here is what I found: <s>.", 2),
    "holiday": Service("request_vacation, book_vacation, time_off, request_leave", "Request days off|Ask for vacation", "start/from/start_date date, days/length integer",
        "request {1} days off from {0}|book {1} days of vacation starting {0}|I want {1} days off starting {0}|I will be away for {1} days from {0}, request it", "", "ok => Your vacation was requested.", 2),
    "sensor": Service("read_sensor, get_sensor, sensor_value, get_reading", "Read a sensor|Current value of a sensor", "sensor/id/name code",
        "read the sensor {0}|get the value of sensor {0}|check sensor {0}", "what does sensor {0} say|what does {0} measure|the reading of sensor {0}", '<n> => The value is <n>.|{"value": <n>} => The value is <n>.', 2),
}  # fmt: skip
"""The sets of families that the same request fits are in ``tool_turns``."""
