"""Names and goods of the fictional shop. Addresses end in example.com, phones lie in ranges kept for fiction."""

GIVEN = (
    "Ada Alba Amir Anouk Arne Asha Beatriz Björn Camille Cora Dario Diego Edda Elif Emre Esme Farid Femke Fiona "
    "Gianna Greta Hugo Ines Ivo Jana Jasper Jonas Kaja Karim Lars Leonor Liam Lina Luca Maja Malik Mara Marco "
    "Mila Nadia Nils Noor Olga Omar Paula Pedro Quinn Rafael Renske Rosa Samir Sanne Selma Sofia Stellan Tessa "
    "Thiago Tilda Umar Vera Viktor Wanda Willem Yara Yusuf Zoë Łucja Søren Chloé André"
).split()
FAMILY = (
    "Abbott Alvarez Andersson Bakker Baumann Becker Bianchi Brandt Castro Costa Dahl Delgado Dubois Eriksen "
    "Fischer Fontaine Garcia Gruber Haddad Hansen Hoffmann Ibrahim Ivanova Jansen Keller Kowalski Krüger Lambert "
    "Larsen Lindqvist Lopes Marchetti Martin Meijer Mendes Meyer Moretti Müller Navarro Nielsen Novak Okafor "
    "Olsen Pereira Petit Peters Ramos Ricci Romano Rossi Roux Santos Schmidt Silva Simon Smith Sorensen Suarez "
    "Tanaka Thomas Torres Vidal Vogel Wagner Walker Weber Wilson Winter Yılmaz Zanetti"
).split()
PLACES = (
    ("Hamburg", "Germany", "de"), ("Leipzig", "Germany", "de"), ("Graz", "Austria", "de"),
    ("Utrecht", "Netherlands", "nl"),
    ("Lyon", "France", "fr"), ("Nantes", "France", "fr"), ("Bristol", "United Kingdom", "en"),
    ("Leeds", "United Kingdom", "en"),
    ("Valencia", "Spain", "es"), ("Bologna", "Italy", "it"), ("Porto", "Portugal", "pt"), ("Dublin", "Ireland", "en"),
)  # fmt: skip
GOODS = (
    ("Tea", "Assam tin", 9.5), ("Tea", "Earl Grey sachets", 6.9), ("Tea", "Jasmine pearls", 14.0),
    ("Tea", "Winter spice blend", 8.5), ("Tea", "Rooibos refill", 7.2), ("Tea", "Ceremonial matcha", 24.0),
    ("Table", "Stoneware mug", 16.0), ("Table", "Glass teapot", 34.0), ("Table", "Linen napkins, set of four", 28.0),
    ("Table", "Oak serving board", 39.0), ("Table", "Porcelain bowl", 19.0), ("Table", "Cast-iron kettle", 68.0),
    ("Light", "Beeswax candle", 11.0), ("Light", "Lantern, small", 27.0), ("Light", "Lantern, large", 49.0),
    ("Light", "Tealights, box", 6.0), ("Gift", "Tasting box", 32.0), ("Gift", "Gift card", 50.0),
    ("Gift", "Christmas hamper", 74.0), ("Gift", "Wrapping set", 8.0), ("Textile", "Wool throw", 89.0),
    ("Textile", "Tea towel", 12.0), ("Textile", "Quilted cosy", 26.0), ("Textile", "Apron", 31.0),
)  # fmt: skip
BUSINESSES = (
    "Café Morgenrot", "Hotel Lindenhof", "Bistro Petit Jour", "Yoga House Noord", "Bakery Krümel", "Studio Ostwind",
    "Pension Seeblick", "Coworking Fabriek", "Teahouse Kestrel", "Museum Shop Altstadt", "Spa Calma", "Deli Girasole",
    "Bookshop Paper Moon", "Guesthouse Ribeira", "Florist Wildwuchs", "Gallery Kontur", "Restaurant Zeitlos",
    "Hostel Compass", "Theatre Bar Vorhang", "Wine Bar Terroir",
)  # fmt: skip
DEAL_TITLES = (
    "Spring tableware for {company}", "Tea supply for one year, {company}", "Christmas hampers for staff, {company}",
    "Candles for the terrace, {company}", "Branded mugs for {company}", "Reopening of {company}",
)  # fmt: skip
LEAD_SOURCES = ("Website", "Trade fair", "Recommendation", "Newsletter", "Walk-in")
TAGS = ("Newsletter", "Wholesale", "Gift buyer", "Press")
LOST_REASONS = ("Price", "No answer", "Chose another supplier", "Bad timing", "Needs were different")
JOBS = ("Shop manager", "Buyer", "Head of hospitality", "Event planner", "Office manager")
END_REASONS = ("Too much tea", "Price", "Moved away", "Wants to choose each time", "No reason given")
LEAD_NOTES = (
    "Asked for the price list.", "Wants to see samples first.", "Compares us with another shop.",
    "Saw our stand and liked the teapots.", "Would order for a party in some weeks.",
)  # fmt: skip
NOTES = (
    "Prefers to be called in the afternoon.", "Asked for plastic-free wrapping.", "Wants the invoice split by branch.",
    "Collects the winter blend every year.", "Had a broken mug replaced, was very friendly about it.",
    "Is planning a second shop.", "Buys gifts for a team of eight.",
)  # fmt: skip
DEAL_NOTES = (
    "Called: they compare two offers.", "Sent the samples as promised.", "They like the tasting set.",
    "Left a message, will call again.", "Asked how fast we can deliver.", "Talked through the price list.",
)  # fmt: skip
NEXT_STEPS = (
    "Send the offer", "Call about the offer", "Bring samples", "Agree on a delivery date", "Ask who decides",
)  # fmt: skip
TASKS = (
    "Call about the open offer", "Send the sample box", "Ask how the last order went", "Check the delivery address",
    "Offer the spring catalogue",
)  # fmt: skip
