"""Minimal pairs: sentences that differ in little and mean the opposite, for ten things in each language.

Ten things times sixteen pairs of sentences are 160 pairs a language. None of the sentences is in the training texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

KINDS: Final = ("negation",) * 6 + ("contrast",) * 4 + ("degree",) * 3 + ("emoji",) * 3


@dataclass(frozen=True)
class Pair:
    """Two sentences: the first one speaks well of a thing, the other one ill."""

    kind: str
    good: str
    bad: str


def pairs_of(language: str) -> Iterator[Pair]:
    """Every sentence pair with every thing."""
    things, sentences = THINGS[language], SENTENCES[language]
    for kind, (good, bad) in zip(KINDS, sentences, strict=True):
        for thing in things:
            yield Pair(kind, _capital(good.format(thing)), _capital(bad.format(thing)))


def questions_of(language: str) -> Iterator[str]:
    """Plain questions about every thing, which complain of nothing."""
    for question in QUESTIONS[language]:
        for thing in THINGS[language]:
            yield _capital(question.format(thing))


def _capital(text: str) -> str:
    start = 1 if text[0] in "¿¡" else 0
    return text[:start] + text[start].upper() + text[start + 1 :]


_THINGS: Final = {  # of one gender a language, so that every sentence fits every thing
    "en": "the lamp|the kettle|the backpack|the app|the bike|the printer|the jacket|the new menu|the room|the router",
    "de": "die Lampe|die Kaffeemaschine|die Tasche|die App|die Jacke|"
        "die Tastatur|die Uhr|die Pfanne|die Kamera|die Matratze",
    "es": "la lámpara|la cafetera|la mochila|la aplicación|la chaqueta|"
        "la impresora|la cámara|la bicicleta|la sartén|la silla",
    "fr": "la lampe|la cafetière|la valise|la tablette|la veste|la montre|la caméra|la poêle|la chaise|la trottinette",
    "it": "la lampada|la macchinetta|la borsa|la sedia|la giacca|"
        "la tastiera|la stampante|la bicicletta|la padella|la tenda",
    "pt": "a lâmpada|a cafeteira|a mochila|a cadeira|a jaqueta|a impressora|a câmara|a bicicleta|a panela|a mala",
    "nl": "de lamp|de waterkoker|de rugzak|de app|de jas|de printer|de fiets|de koffer|de stoel|de pan",
    "pl": "krzesło|biurko|łóżko|urządzenie|etui|radio|lustro|pióro|ubranie|akwarium",
}  # fmt: skip
THINGS: Final = {language: things.split("|") for language, things in _THINGS.items()}

SENTENCES: Final = {
    "en": [
        ("{} works as it should.", "{} does not work as it should."),
        ("I like {} a lot.", "I don't like {} at all."),
        ("I would buy {} again.", "I would never buy {} again."),
        ("I have no complaints about {}.", "I have a lot of complaints about {}."),
        ("There is nothing wrong with {}.", "There is nothing right with {}."),
        ("I can recommend {} to everyone.", "I can't recommend {} to anyone."),
        ("It took a while, but {} is wonderful.", "It came quickly, but {} is awful."),
        ("A little expensive, but I love {}.", "Really cheap, but I hate {}."),
        ("At first I had doubts, but {} won me over.", "At first I was thrilled, but {} let me down."),
        ("Although the box was dented, {} is flawless.", "Although the box looked nice, {} is useless."),
        ("{} is much better than I expected.", "{} is much worse than I expected."),
        ("I am more than satisfied with {}.", "I am anything but satisfied with {}."),
        ("After a month {} is still perfect.", "After a month {} is already broken."),
        ("So this is {} 😍😍", "So this is {} 😡😡"),
        ("We used {} the whole weekend 👍", "We used {} the whole weekend 👎"),
        ("And then {} arrived :-)", "And then {} arrived :-("),
    ],
    "de": [
        ("{} funktioniert, wie sie soll.", "{} funktioniert nicht, wie sie soll."),
        ("{} gefällt mir sehr.", "{} gefällt mir gar nicht."),
        ("Ich würde {} wieder kaufen.", "Ich würde {} nie wieder kaufen."),
        ("An {} gibt es nichts auszusetzen, wirklich gut.", "Wo soll ich anfangen, {} ist wirklich nicht gut."),
        ("Mit Freude benutze ich {} jeden Tag.", "Ohne Freude benutze ich {}, sie taugt nichts."),
        ("Ich kann {} jedem empfehlen.", "Ich kann {} niemandem empfehlen."),
        ("Es hat gedauert, aber {} ist wunderbar.", "Es ging schnell, aber {} ist furchtbar."),
        ("Etwas teuer, aber ich liebe {}.", "Sehr günstig, aber ich hasse {}."),
        ("Erst hatte ich Zweifel, aber {} hat mich überzeugt.",
         "Erst war ich begeistert, aber {} hat mich enttäuscht."),
        ("Obwohl der Karton verbeult war, ist {} einwandfrei.", "Obwohl der Karton schön war, ist {} unbrauchbar."),
        ("{} ist viel besser, als ich dachte.", "{} ist viel schlechter, als ich dachte."),
        ("{} macht mich mehr als zufrieden.", "{} macht mich alles andere als zufrieden."),
        ("Nach einem Monat ist {} immer noch perfekt.", "Nach einem Monat ist {} schon kaputt."),
        ("Das ist also {} 😍😍", "Das ist also {} 😡😡"),
        ("Das ganze Wochenende war {} im Einsatz 👍", "Das ganze Wochenende war {} im Einsatz 👎"),
        ("Und dann kam {} an :-)", "Und dann kam {} an :-("),
    ],
    "es": [
        ("{} funciona como debe.", "{} no funciona como debe."),
        ("Me gusta mucho {}.", "No me gusta nada {}."),
        ("Volvería a comprar {}.", "Nunca volvería a comprar {}."),
        ("No tengo ninguna queja de {}.", "Tengo muchas quejas de {}."),
        ("{} no da ningún problema.", "{} no da más que problemas."),
        ("Puedo recomendar {} a todo el mundo.", "No puedo recomendar {} a nadie."),
        ("Tardó un poco, pero {} es maravillosa.", "Llegó rápido, pero {} es horrible."),
        ("Algo cara, pero me encanta {}.", "Muy barata, pero odio {}."),
        ("Al principio dudaba, pero {} me ha convencido.", "Al principio me ilusionó, pero {} me ha decepcionado."),
        ("Aunque la caja venía golpeada, {} está impecable.", "Aunque la caja era bonita, {} es inservible."),
        ("{} es mucho mejor de lo que esperaba.", "{} es mucho peor de lo que esperaba."),
        ("{} me deja más que satisfecho.", "{} me deja cualquier cosa menos satisfecho."),
        ("Después de un mes {} sigue perfecta.", "Después de un mes {} ya está rota."),
        ("Así que esta es {} 😍😍", "Así que esta es {} 😡😡"),
        ("Usamos {} todo el fin de semana 👍", "Usamos {} todo el fin de semana 👎"),
        ("Y entonces llegó {} :-)", "Y entonces llegó {} :-("),
    ],
    "fr": [
        ("{} fonctionne comme il faut.", "{} ne fonctionne pas comme il faut."),
        ("J'aime beaucoup {}.", "Je n'aime pas du tout {}."),
        ("Je rachèterais {} sans hésiter.", "Je ne rachèterais jamais {}."),
        ("Je n'ai rien à reprocher : {} est très bien.", "J'ai tout à reprocher : {} n'est pas bien du tout."),
        ("{} ne pose aucun problème.", "{} ne pose que des problèmes."),
        ("Je peux recommander {} à tout le monde.", "Je ne peux recommander {} à personne."),
        ("C'était un peu long, mais {} est merveilleuse.", "C'était rapide, mais {} est affreuse."),
        ("Un peu chère, mais j'adore {}.", "Pas chère du tout, mais je déteste {}."),
        ("Au début j'avais des doutes, mais {} m'a convaincu.", "Au début j'étais ravi, mais {} m'a déçu."),
        ("Malgré le carton abîmé, {} est impeccable.", "Malgré le joli carton, {} est inutilisable."),
        ("{} est bien meilleure que prévu.", "{} est bien pire que prévu."),
        ("{} me satisfait pleinement.", "{} est loin de me satisfaire."),
        ("Après un mois {} est toujours parfaite.", "Après un mois {} est déjà cassée."),
        ("Voilà donc {} 😍😍", "Voilà donc {} 😡😡"),
        ("On a utilisé {} tout le week-end 👍", "On a utilisé {} tout le week-end 👎"),
        ("Et puis {} est arrivée :-)", "Et puis {} est arrivée :-("),
    ],
    "it": [
        ("{} funziona come dovrebbe.", "{} non funziona come dovrebbe."),
        ("{} mi piace molto.", "{} non mi piace per niente."),
        ("Ricomprerei {} subito.", "Non ricomprerei mai {}."),
        ("Non ho nessuna lamentela: {} va bene.", "Ho molte lamentele: {} non va bene."),
        ("{} non dà alcun problema.", "{} non dà che problemi."),
        ("Posso consigliare {} a tutti.", "Non posso consigliare {} a nessuno."),
        ("Ci è voluto un po', ma {} è meravigliosa.", "È arrivata in fretta, ma {} è orribile."),
        ("Un po' cara, ma adoro {}.", "Molto economica, ma odio {}."),
        ("All'inizio avevo dubbi, ma {} mi ha conquistato.", "All'inizio ero entusiasta, ma {} mi ha deluso."),
        ("Anche se la scatola era ammaccata, {} è impeccabile.", "Anche se la scatola era bella, {} è inutilizzabile."),
        ("{} è molto meglio di quanto pensassi.", "{} è molto peggio di quanto pensassi."),
        ("{} mi soddisfa pienamente.", "{} è ben lontana dal soddisfarmi."),
        ("Dopo un mese {} è ancora perfetta.", "Dopo un mese {} è già rotta."),
        ("Quindi questa è {} 😍😍", "Quindi questa è {} 😡😡"),
        ("Abbiamo usato {} tutto il fine settimana 👍", "Abbiamo usato {} tutto il fine settimana 👎"),
        ("E poi è arrivata {} :-)", "E poi è arrivata {} :-("),
    ],
    "pt": [
        ("{} funciona como deve.", "{} não funciona como deve."),
        ("Gosto muito, {} é ótima.", "Não gosto nada, {} não é boa."),
        ("Compraria {} outra vez.", "Nunca mais compraria {}."),
        ("Não tenho nenhuma queixa: {} está bem.", "Tenho muitas queixas: {} não está bem."),
        ("{} não dá problema nenhum.", "{} só dá problemas."),
        ("Posso recomendar {} a todos.", "Não posso recomendar {} a ninguém."),
        ("Demorou um pouco, mas {} é maravilhosa.", "Chegou depressa, mas {} é horrível."),
        ("Um pouco cara, mas adoro {}.", "Muito barata, mas odeio {}."),
        ("No início tive dúvidas, mas {} convenceu-me.", "No início fiquei entusiasmado, mas {} desiludiu-me."),
        ("Embora a caixa viesse amassada, {} está impecável.", "Embora a caixa fosse bonita, {} é inútil."),
        ("{} é muito melhor do que eu esperava.", "{} é muito pior do que eu esperava."),
        ("{} deixa-me mais do que satisfeito.", "{} deixa-me tudo menos satisfeito."),
        ("Depois de um mês {} continua perfeita.", "Depois de um mês {} já está avariada."),
        ("Então esta é {} 😍😍", "Então esta é {} 😡😡"),
        ("Usámos {} todo o fim de semana 👍", "Usámos {} todo o fim de semana 👎"),
        ("E depois chegou {} :-)", "E depois chegou {} :-("),
    ],
    "nl": [
        ("{} werkt zoals het hoort.", "{} werkt niet zoals het hoort."),
        ("Ik vind {} erg mooi.", "Ik vind {} helemaal niet mooi."),
        ("Ik zou {} zo weer kopen.", "Ik zou {} nooit meer kopen."),
        ("Ik heb geen klachten over {}.", "Ik heb veel klachten over {}."),
        ("Er is niets mis met {}.", "Er is van alles mis met {}."),
        ("Ik kan {} iedereen aanraden.", "Ik kan {} niemand aanraden."),
        ("Het duurde even, maar {} is prachtig.", "Het ging snel, maar {} is vreselijk."),
        ("Een beetje duur, maar ik ben dol op {}.", "Erg goedkoop, maar ik heb een hekel aan {}."),
        ("Eerst twijfelde ik, maar {} heeft me overtuigd.",
         "Eerst was ik enthousiast, maar {} heeft me teleurgesteld."),
        ("Hoewel de doos gedeukt was, is {} perfect.", "Hoewel de doos mooi was, is {} onbruikbaar."),
        ("{} is veel beter dan ik had verwacht.", "{} is veel slechter dan ik had verwacht."),
        ("Ik ben meer dan tevreden met {}.", "Ik ben allesbehalve tevreden met {}."),
        ("Na een maand is {} nog steeds perfect.", "Na een maand is {} al kapot."),
        ("Dit is dus {} 😍😍", "Dit is dus {} 😡😡"),
        ("We hebben {} het hele weekend gebruikt 👍", "We hebben {} het hele weekend gebruikt 👎"),
        ("En toen kwam {} aan :-)", "En toen kwam {} aan :-("),
    ],
    "pl": [
        ("{} działa tak, jak powinno.", "{} nie działa tak, jak powinno."),
        ("Bardzo mi się podoba to {}.", "Zupełnie mi się nie podoba to {}."),
        ("Jeszcze raz bym to kupił, {} jest dobre.", "Nigdy więcej bym tego nie kupił, {} nie jest dobre."),
        ("Nie mam żadnych zastrzeżeń: {} jest w porządku.", "Mam wiele zastrzeżeń: {} nie jest w porządku."),
        ("{} nie sprawia żadnych kłopotów.", "{} sprawia same kłopoty."),
        ("Mogę polecić {} każdemu.", "Nie mogę polecić {} nikomu, odradzam."),
        ("Trochę to trwało, ale {} jest cudowne.", "Przyszło szybko, ale {} jest okropne."),
        ("Trochę drogie, ale uwielbiam to {}.", "Bardzo tanie, ale nienawidzę tego, {} to pomyłka."),
        ("Na początku miałem wątpliwości, ale {} mnie przekonało.",
         "Na początku byłem zachwycony, ale {} mnie zawiodło."),
        ("Choć pudełko było pogniecione, {} jest bez zarzutu.", "Choć pudełko było ładne, {} jest bezużyteczne."),
        ("{} jest dużo lepsze, niż się spodziewałem.", "{} jest dużo gorsze, niż się spodziewałem."),
        ("Jestem więcej niż zadowolony, {} to jest to.", "Jestem daleki od zadowolenia, {} to nie jest to."),
        ("Po miesiącu {} nadal jest idealne.", "Po miesiącu {} jest już zepsute."),
        ("A więc to jest {} 😍😍", "A więc to jest {} 😡😡"),
        ("Przez cały weekend {} było w użyciu 👍", "Przez cały weekend {} było w użyciu 👎"),
        ("I wtedy przyszło {} :-)", "I wtedy przyszło {} :-("),
    ],
}  # fmt: skip

QUESTIONS: Final = {
    "en": ("Which sizes does {} come in?", "How much does {} weigh?", "Where can I pick up {} tomorrow?"),
    "de": ("Welche Maße hat {}?", "Wie viel wiegt {}?", "Wo kann ich {} morgen abholen?"),
    "es": ("¿Qué medidas tiene {}?", "¿Cuánto pesa {}?", "¿Dónde puedo recoger {} mañana?"),
    "fr": ("Quelles sont les dimensions, pour {} ?", "Combien pèse {} ?", "Où puis-je retirer {} demain ?"),
    "it": ("Che misure ha {}?", "Quanto pesa {}?", "Dove posso ritirare {} domani?"),
    "pt": ("Que medidas tem {}?", "Quanto pesa {}?", "Onde posso levantar {} amanhã?"),
    "nl": ("Welke maten heeft {}?", "Hoeveel weegt {}?", "Waar kan ik {} morgen ophalen?"),
    "pl": ("Jakie wymiary ma {}?", "Ile waży {}?", "Gdzie mogę jutro odebrać {}?"),
}
