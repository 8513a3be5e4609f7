"""Which columns say what nobody may be judged by: age, gender, religion, ethnicity, health, nationality and the like.

Recognised by header and values in the eight languages of the product. The grounds are those of article 21 of the EU
Charter of Fundamental Rights and article 9 of the GDPR, as far as tables of customers hold them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

Names = tuple[str, ...]

# Words of a header, folded: a name of several words is found as these words in a row. "*" stands for any ending. The
# first ground counts: where somebody was born comes before when.
NAMES: Mapping[str, Names] = {
    "nationality": (
        *("nationalit*", "citizenship", "citizen", "country of birth", "birth country", "birthplace", "passport*"),
        *("place of birth", "immigra*", "visa status", "residence permit", "foreign worker", "foreigner"),
        *("native country", "native language", "mother tongue", "country of origin", "herkunftsland", "muttersprache"),
        *("staatsangehorigkeit", "staatsburgerschaft", "geburtsland", "geburtsort", "reisepass*", "auslander"),
        *("aufenthaltstitel", "nacionalidad", "ciudadania", "pais de nacimiento", "lugar de nacimiento", "pasaporte"),
        *("extranjero", "citoyennete", "pays de naissance", "lieu de naissance", "passeport", "etranger"),
        *("titre de sejour", "nazionalita", "cittadinanza", "paese di nascita", "luogo di nascita", "passaporto"),
        *("straniero", "nacionalidade", "naturalidade", "cidadania", "pais de nascimento", "passaporte"),
        *("estrangeiro", "nationaliteit", "staatsburgerschap", "geboorteland", "geboorteplaats", "paspoort"),
        *("verblijfsvergunning", "obywatelstwo", "kraj urodzenia", "miejsce urodzenia", "paszport", "cudzoziemiec"),
    ),
    "age": (
        *("age", "ages", "aged", "agegroup", "agerange", "ageband", "birth*", "dob", "born", "date of birth"),
        *("year of birth", "yob", "senior citizen", "seniorcitizen"),
        *("alter", "altersgruppe", "altersklasse", "lebensalter", "geburt*", "geboren", "jahrgang", "minderjahrig"),
        *("edad", "rango de edad", "nacimiento", "nacido", "cumpleanos", "fecha nac", "fecha de nac", "menor de edad"),
        *("tranche d age", "naissance", "anniversaire", "ddn", "ne le", "nee le"),
        *("etade", "fascia d etade", "nascita", "compleanno", "nato il", "nata il", "minorenne"),
        *("idade", "faixa etaria", "nascimento", "aniversario", "data nasc", "menor de idade"),
        *("leeftijd", "leeftijdsgroep", "leeftijdscategorie", "geboorte*", "verjaardag", "minderjarig"),
        *("wiek", "wiekowa", "grupa wiekowa", "urodzenia", "urodziny", "rok urodzenia", "nieletni", "nieletnia"),
    ),
    "gender": (
        *("gender*", "sex", "salutation", "mr mrs", "mr ms", "male", "female", "pronoun", "pronouns", "maternity"),
        *("geschlecht*", "anrede", "herr frau", "genero", "sexo", "tratamiento", "genre", "sexe", "civilite"),
        *("genere", "sesso", "tratamento", "geslacht", "aanhef", "plec", "plci", "pregnan*", "schwanger*"),
        *("embaraz*", "enceinte", "grossesse", "incinta", "gravidanza", "gravida", "gravidez", "zwanger*", "ciaza"),
    ),
    "religion": (
        *("relig*", "faith", "church", "confession", "creed", "konfession*", "glaube", "kirche", "kirchensteuer"),
        *("confesion", "iglesia", "fe religiosa", "culte", "croyance", "eglise", "chiesa", "fede religiosa", "credo"),
        *("igreja", "confissao", "geloof", "geloofsovertuiging", "kerk", "godsdienst", "wyznanie", "wiara", "kosciol"),
    ),
    "ethnicity": (
        *("ethnic*", "race", "racial", "skin color", "skin colour", "caste", "tribe", "ancestry", "hispanic", "latino"),
        *("ethni*", "hautfarbe", "abstammung", "migrationshintergrund", "etnia", "etnic*", "raza", "color de piel"),
        *("ascendencia", "origine ethnique", "couleur de peau", "razza", "colore della pelle", "etnica", "raca"),
        *("cor da pele", "etnicidade", "etniciteit", "etnisch*", "afkomst", "huidskleur", "ras", "rasa", "etniczn*"),
        *("kolor skory", "narodowosc", "migration background"),
    ),
    "health": (
        *("health", "medical", "illness", "disease", "diagnosis", "diagnoses", "disability", "handicap", "handicapped"),
        *("allerg*", "medication", "blood type", "blood group", "bmi", "patient", "hiv", "vaccinat*", "smoker"),
        *("gesundheit*", "krankheit*", "erkrankung*", "behinderung*", "schwerbehind*", "diagnose*", "medikament*"),
        *("blutgruppe", "raucher", "impf*", "salud", "enfermedad*", "discapacidad", "diagnostico", "alerg*", "sante"),
        *("medicacion", "fumador", "vacun*", "maladie*", "diagnostic", "medicament*", "fumeur", "vaccin*", "salute"),
        *("malattia", "malattie", "disabilita", "invalidita", "diagnosi", "farmaci", "fumatore", "saude", "doenca*"),
        *("deficiencia", "remedios", "fumante", "gezondheid*", "ziekte*", "medicatie", "roker", "zdrowie"),
        *("stan zdrowia", "choroba", "choroby", "niepelnosprawn*", "diagnoza", "leki", "uczulen*"),
    ),
    "beliefs": (
        *("political*", "politics", "party member*", "trade union", "union member*", "sexual orientation", "sexuality"),
        *(
            "politische partei",
            "parteimitglied*",
            "gewerkschaft*",
            "sexuelle orientierung",
            "partido politico",
            "sindicato",
        ),
        *("orientacion sexual", "parti politique", "syndicat", "orientation sexuelle", "partito politico", "sindacato"),
        *("orientamento sessuale", "orientacao sexual", "politieke*", "vakbond*", "seksuele*", "zwiazek zawodowy"),
        *("orientacja seksualna", "poglady polityczne"),
    ),
}
# Headers with such words speak of things, not of people.
OF_THINGS: Mapping[str, Names] = {
    "age": (
        *("account", "acct", "deal", "lead", "ticket", "contract", "order", "case", "invoice", "record", "company"),
        *(
            "business",
            "firm",
            "vehicle",
            "car",
            "house",
            "home",
            "building",
            "property",
            "product",
            "machine",
            "device",
        ),
        *("equipment", "subscription", "policy", "relationship", "account's", "page", "domain", "konto", "vertrag*"),
        *("auftrag*", "firma", "fahrzeug*", "cuenta", "contrato", "empresa", "compte", "contrat", "entreprise"),
        *("conto", "azienda", "conta", "rekening", "contract", "bedrijf", "konta", "umowy", "firmy", "days", "dni"),
    ),
    "health": ("score", "index", "customer health", "account health", "business", "check", "food", "insurance"),
    "ethnicity": (
        "bike",
        "horse",
        "car",
        "running",
        "marathon",
        "event",
        "cycling",
        "ski",
        "dog",
        "cat",
        "pet",
        "animal",
        "breed",
        *("hund", "katze", "tier", "perro", "gato", "mascota", "chien", "chat", "cane", "gatto", "cao", "hond", "kat"),
        *("psa", "kota", "zwierzecia"),
    ),
    "nationality": ("senior",),
}
# Values that give a column away, whatever it is called: two of them at least, and nothing else.
VALUES: Mapping[str, frozenset[str]] = {
    "gender": frozenset(
        "male female man woman men women m f w d h k mann frau herr männlich weiblich divers mr mrs ms miss "
        "masculino femenino hombre mujer masculin féminin homme femme monsieur madame maschio femmina uomo donna "
        "maschile femminile masculino feminino homem mulher mannelijk vrouwelijk vrouw vrouwen mężczyzna kobieta "
        "pan pani other nonbinary non-binary diverse unknown x".split()
    ),
    "religion": frozenset(
        "christian catholic protestant orthodox muslim islam jewish hindu buddhist sikh atheist none other "
        "katholisch evangelisch muslimisch jüdisch católico protestante musulmán judío catholique musulman juif "
        "cattolico musulmano ebreo católica muçulmano katholiek moslim joods katolik muzułmanin żyd".split()
    ),
}
NEUTRAL = frozenset("none other unknown x d diverse divers".split())


def protected_meaning(name: str, values: Iterable[str] = (), *, label: str = "") -> str:
    """Which of the grounds in `NAMES` a column tells of, by its header or its label, or by its values; or nothing."""
    for words in (_words(name), _words(label)):
        for meaning, names in NAMES.items():
            if _has(words, names) and not _has(words, OF_THINGS.get(meaning, ())):
                return meaning
    return _by_values({value.strip().casefold() for value in values} - {""})


def _by_values(values: set[str]) -> str:
    telling = values - NEUTRAL
    if len(telling) < 2:
        return ""
    return next((meaning for meaning, known in VALUES.items() if values <= known), "")


def _words(header: str) -> str:
    """Bare words in lower case without accents, with a blank before and after each."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFC", header))
    apart = re.sub("età", "etade", apart, flags=re.IGNORECASE)  # without its accent it is when a parcel arrives
    bare = unicodedata.normalize("NFKD", apart.casefold().replace("ß", "ss").replace("ł", "l"))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return f" {' '.join(re.findall(r'[a-z]+', bare))} "


def _has(words: str, names: Names) -> bool:
    return any(f" {name[:-1]}" in words if name.endswith("*") else f" {name} " in words for name in names)
