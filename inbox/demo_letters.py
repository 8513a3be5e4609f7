# ruff: noqa: E501 (a letter is a line)
"""What the fictional customers of the demo business write: by language, each with what it is about."""

from __future__ import annotations

Letter = tuple[str, str, str]  # the key of its topic ("" for none), the subject, the text

LETTERS: dict[str, tuple[Letter, ...]] = {
    "en": (
        ("quality", "Broken mug", "Two of the mugs arrived broken and nobody answered my first message. I am disappointed."),
        ("quality", "Cracked lid", "The lid of the teapot has a crack, and the glaze is coming off. That is not what I paid for."),
        ("quality", "Not as in the picture", "The blanket is thinner than in the picture and it smells odd. I expected better."),
        ("product", "Back in stock?", "When will the large lantern be back in stock? I need it by the tenth."),
        ("product", "Size of the tray", "How large is the oak tray, and can it go into the dishwasher?"),
        ("product", "Which wool", "Is the grey blanket made of real wool, or is something mixed into it?"),
        ("praise", "Thank you", "The tasting box was lovely, thank you so much! My mother asked where I found it."),
        ("praise", "So happy", "I just wanted to say how happy we are with the candles. They burn for ages."),
        ("praise", "What a parcel", "The nicest parcel we ever opened. The card you wrote by hand made my day!"),
        ("delivery", "Wrong address", "I typed the wrong house number, it should be 14 instead of 41. Can you still change it?"),
        ("delivery", "Late parcel", "My parcel is ten days late now and the birthday is over. This is the last time I order here."),
        ("delivery", "Where is it?", "The tracking has not moved since Monday. Where is my parcel, and when does it arrive?"),
        ("delivery", "Left outside", "The driver left my parcel in the rain in front of the house. Please tell the carrier."),
        ("invoice", "Company name", "Could you please send me the invoice again with the name of our company on it?"),
        ("invoice", "Paid twice", "My card was charged twice for one order. Please have a look at the payment."),
        ("return", "Sending it back", "The colour does not fit our kitchen. How do I send the vase back, and who pays for that?"),
        ("return", "Still no refund", "I returned the bowls three weeks ago and have not got my money back."),
        ("technical", "Voucher", "Your page says that my voucher code is not valid, but it was in last week's letter."),
        ("technical", "Cannot log in", "I can't log in any more. The page only says that something went wrong."),
        ("technical", "Basket is empty", "Whatever I put into the basket is gone on the next page. Is your shop broken?"),
        ("cancellation", "Please cancel", "Please cancel the order that I placed this morning, I chose the wrong size."),
        ("", "Your cat", "Is the cat on your home page yours, and what is its name?"),
    ),
    "de": (
        ("invoice", "Rechnung fehlt", "In meinem Paket lag leider keine Rechnung. Könnten Sie sie mir bitte per Mail schicken?"),
        ("invoice", "Falscher Betrag", "Auf der Rechnung steht ein falscher Betrag, der Gutschein wurde nicht abgezogen."),
        ("quality", "Enttäuscht", "Die Kerzen sind zerbrochen angekommen und am Telefon war niemand. Sehr ärgerlich."),
        ("quality", "Kratzer", "Das Tablett hat schon beim Auspacken tiefe Kratzer. So kann ich es nicht verschenken."),
        ("praise", "Wunderschön", "Die Teekanne ist wunderschön und war perfekt verpackt. Vielen Dank!"),
        ("praise", "Ein Lob", "Großes Lob an Ihr Team, so freundlich bin ich lange nicht beraten worden."),
        ("delivery", "Wann kommt es?", "Wann kommt mein Paket an? Ich brauche das Geschenk am Samstag."),
        ("delivery", "Nicht angekommen", "Laut Sendungsverfolgung wurde das Paket zugestellt, hier ist aber nichts angekommen."),
        ("return", "Zurückschicken", "Die Decke passt farblich nicht. Wie kann ich sie zurückschicken?"),
        ("product", "Geschirrspüler", "Sind die blauen Becher für den Geschirrspüler geeignet?"),
        ("cancellation", "Bestellung stornieren", "Bitte stornieren Sie meine Bestellung von heute früh, ich habe mich vertan."),
        ("technical", "Anmeldung", "Ich kann mich nicht mehr anmelden, die Seite zeigt nur eine Fehlermeldung."),
    ),
    "fr": (
        ("delivery", "Commande en retard", "Ma commande n'est toujours pas arrivée et personne ne me répond. Je suis très déçue."),
        ("delivery", "Colis perdu ?", "Le suivi n'a pas bougé depuis une semaine. Où est mon colis ?"),
        ("product", "Emballage cadeau", "Est-il possible d'ajouter un emballage cadeau à ma commande de ce matin ?"),
        ("praise", "Merci", "Le coffret est magnifique, tout le monde l'a adoré. Merci beaucoup !"),
        ("return", "Retour", "Je voudrais renvoyer le vase, comment faire pour être remboursée ?"),
        ("invoice", "Facture", "Pouvez-vous m'envoyer la facture de ma dernière commande ?"),
        ("technical", "Connexion", "Je n'arrive plus à me connecter, la page affiche seulement une erreur."),
        ("cancellation", "Annuler", "Je voudrais annuler ma commande d'hier, je me suis trompée de taille."),
    ),
    "es": (
        ("quality", "Pedido equivocado", "Me ha llegado otro producto y llevo una semana sin respuesta. Muy mala atención."),
        ("invoice", "Factura", "¿Me pueden enviar la factura con los datos de mi empresa, por favor?"),
        ("delivery", "¿Cuándo llega?", "Todavía no ha llegado mi paquete y lo necesito para el viernes."),
        ("praise", "Gracias", "Las velas huelen de maravilla, muchas gracias por todo."),
    ),
    "it": (
        ("praise", "Grazie", "La teiera è bellissima e la consegna è stata velocissima. Complimenti!"),
        ("return", "Reso", "Vorrei restituire la coperta perché il colore è diverso da quello della foto. Come devo fare?"),
        ("delivery", "Pacco in ritardo", "Il mio pacco doveva arrivare lunedì e non si vede ancora."),
    ),
    "nl": (
        ("quality", "Kapotte lantaarn", "De lantaarn was kapot toen het pakket aankwam. Ik ben hier niet blij mee."),
        ("", "Openingstijden", "Tot hoe laat is de winkel op zaterdag open?"),
        ("delivery", "Waar blijft het?", "Mijn pakket zou gisteren komen, maar er is nog niets bezorgd."),
    ),
    "pt": (
        ("praise", "Obrigada", "Adorei as chávenas, são ainda mais bonitas do que na fotografia. Muito obrigada!"),
        ("delivery", "Encomenda", "A minha encomenda ainda não chegou. Podem dizer-me onde está?"),
    ),
}  # fmt: skip
# What they write when the answer was not the end of it.
WRITES_AGAIN: dict[str, tuple[str, ...]] = {
    "en": ("Thank you, but I have heard nothing since. Could you look into it once more?", "One more question: how long does that take?", "I have found the number of my order now, it is on the slip in the parcel."),
    "de": ("Danke, aber seitdem habe ich nichts mehr gehört. Können Sie noch einmal nachsehen?", "Eine Frage noch: Wie lange dauert das ungefähr?"),
    "fr": ("Merci, mais je n'ai plus rien reçu depuis. Pouvez-vous regarder encore une fois ?", "Encore une question : combien de temps cela prend-il ?"),
    "es": ("Gracias, pero desde entonces no sé nada. ¿Pueden mirarlo otra vez?", "Una pregunta más: ¿cuánto tarda?"),
    "it": ("Grazie, ma da allora non ho saputo più nulla. Potete controllare di nuovo?",),
    "nl": ("Bedankt, maar ik heb sindsdien niets gehoord. Kunt u nog eens kijken?",),
    "pt": ("Obrigado, mas desde então não soube de nada. Podem ver outra vez?",),
}  # fmt: skip
ANSWERS_AGAIN = (
    "Sorry that you had to ask again. We have looked into it, and it is settled now.",
    "It takes two or three days from here. We write as soon as we know more.",
    "Thank you, with that we have found it. You hear from us today.",
)
TOPICS = ("delivery", "invoice", "return", "product", "quality", "praise", "technical", "cancellation")
