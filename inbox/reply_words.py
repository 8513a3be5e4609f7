"""The words by which mail programs of many languages mark quotations, forwards, signatures and disclaimers."""

import re
from typing import Final


def _any_of(words: str) -> str:
    """A regular expression that matches any of the phrases parted by "|"."""
    return "(?:" + "|".join(re.escape(word.strip()).replace(r"\ ", r"\s+") for word in words.split("|")) + ")"


WROTE: Final = _any_of(
    """
    wrote | writes | schrieb | schreibt | hat geschrieben | a écrit | écrit | a ecrit | escribió | escribio |
    escribe | va escriure | escreveu | escribiu | ha scritto | scrisse | scrive | schreef | heeft geschreven |
    het volgende geschreven | napisał | napisał(a) | napisała | napisał/a | pisze | skrev | skrifaði | kirjoitti |
    kirjutas | napsal | napsal(a) | napísal | píše | írta | ezt írta | a scris | yazdı | şunları yazdı | napisao |
    napisala | je napisao | je napisal | rašė | parašė | rakstīja | написал | написала | написал(а) | пишет |
    написав | написала(в) | пише | писал | έγραψε | написа | đã viết | menulis | 写道 |
    寫道 | 写下 | のメール | のメッセージ |
    さんは書きました | 작성 | 님이 작성 | เขียนว่า | כתב | כתבה | كتب | نوشت
    """
)
OPENING: Final = _any_of(
    """
    on | at | am | vom | le | el | em | il | in data | il giorno | op | den | dne | w dniu | dnia | dana | på |
    kl. | em data de | pe | în data | ngày | pada | în | στις | ke dni | el dia | 在 | 於 | v
    """
)
FROM: Final = _any_of(
    """
    from | von | de | da | van | od | från | fra | lähettäjä | feladó | de la | expéditeur | remitente | kimden |
    gönderen | от | отправитель | від | από | nadawca | 发件人 | 寄件者 | 差出人 | 보낸 사람 | afsender | mittente |
    remetente | odesílatel | saatja | מאת | من
    """
)
SENT: Final = _any_of(
    """
    sent | date | gesendet | datum | envoyé | envoyé le | enviado | enviado el | enviado em | enviada em | fecha |
    data | inviato | verzonden | wysłano | skickat | sendt | dato | lähetetty | päivämäärä | odesláno | odeslané |
    elküldve | dátum | trimis | gönderilme tarihi | tarih | дата | отправлено | надіслано | ημερομηνία | 发送时间 |
    日期 | 送信日時 | 日付 | 보낸 날짜 | date d'envoi | saadetud | dată | kuupäev | sendt den
    """
)
TO: Final = _any_of(
    """
    to | an | à | para | a | aan | do | till | til | vastaanottaja | címzett | către | kime | alıcı | кому |
    προς | 收件人 | 宛先 | 받는 사람 | per | komu | destinatario | destinataire | destinatário | pour | adresat
    """
)
COPY: Final = _any_of(
    """
    cc | bcc | kopie | copie | kopia | kopi | copia | cópia | в копии | 抄送 | reply-to | antwort an | répondre à |
    responder a
    """
)
SUBJECT: Final = _any_of(
    """
    subject | betreff | objet | sujet | asunto | assunto | oggetto | onderwerp | temat | ämne | emne | aihe |
    předmět | predmet | tárgy | subiect | konu | тема | θέμα | 主题 | 主旨 | 件名 | 제목 | assumpte | teema | נושא
    """
)
ORIGINAL_OR_FORWARDED: Final = _any_of(
    """
    original | ursprüngliche | urspr. | weitergeleitete | nachricht | forward | forwarded | message |
    message d'origine | transféré | transmis | mensaje | reenviado | mensagem | encaminhada | messaggio |
    inoltrato | bericht | oorspronkelijk | doorgestuurd | wiadomość | oryginalna | przekazana | meddelande |
    ursprungligt | vidarebefordrat | melding | opprinnelig | videresendt | besked | oprindelig | viesti |
    alkuperäinen | zpráva | původní | üzenet | eredeti | mesaj | mesajul | özgün | исходное | пересылаемое |
    сообщение | письмо | повідомлення | メッセージ | 邮件 | 郵件 | 原始 | 转发 | 메시지 | 원본
    """
)
FORWARD_LINE: Final = _any_of(
    """
    begin forwarded message | anfang der weitergeleiteten nachricht | début du message transféré |
    début du message réexpédié | inicio del mensaje reenviado | início da mensagem reencaminhada |
    início da mensagem encaminhada | inizio messaggio inoltrato | inizio del messaggio inoltrato |
    begin doorgestuurd bericht | początek przekazywanej wiadomości | vidarebefordrat brev |
    start på videresendt besked | videresendt melding | začátek přeposílané zprávy | továbbított levél kezdete |
    начало переадресованного сообщения | 转发的邮件 | 開始転送のメッセージ
    """
)
ABOVE_THIS_LINE: Final = _any_of(
    """
    reply above this line | type your reply above this line | please type your reply above |
    write above this line | antworten sie oberhalb dieser zeile | bitte oberhalb dieser linie antworten |
    répondez au-dessus de cette ligne | répondre au-dessus de cette ligne | responda por encima de esta línea |
    responda acima desta linha | rispondi sopra questa riga | antwoord boven deze lijn |
    odpowiedz powyżej tej linii
    """
)
DEVICE: Final = (
    r"(?:iphone|ipad|ipod|ios|android|outlook|samsung|galaxy|blackberry|windows|nokia|huawei|xiaomi|pixel|nexus|htc|sony"
    r"|xperia|oneplus|mobil\w*|mobiel\w*|móvil|celular|telefon\w*|phone|handy|smartphone|tablet\w*|device|yahoo|gmail|gmx"
    r"|web\.de|k-9|thunderbird|proton\w*|mail|spark|телефон\w*)"
)
SENT_FROM: Final = _any_of(
    """
    sent from | sent via | sent with | sent using | sent by | sent on | get outlook for | get | von meinem |
    von meiner | von | gesendet von | gesendet mit | diese nachricht wurde von | diese mail wurde von |
    outlook für | holen sie sich outlook | envoyé de | envoyé depuis | envoyé à partir de | envoyé avec |
    obtenir outlook | obtenez outlook | télécharger outlook | téléchargez outlook | provenant de | enviado desde |
    enviado con | enviado de | enviado do | enviado a partir do | enviado via | enviado por | obtener outlook |
    obter o outlook | inviato da | inviato dal | inviato con | ottieni outlook | scarica outlook |
    verstuurd vanaf | verzonden vanaf | verzonden met | verzonden via | download outlook | outlook voor |
    wysłane z | wysłano z | pobierz program outlook | skickat från | skickat med | sendt fra | sendt med |
    hämta outlook | hent outlook | lähetetty | odesláno z | odesláno ze | küldve | trimis de pe | trimis din |
    gönderildi | отправлено с | отправлено из | надіслано з | enviat des de | 从我的 |
    发自我的 | 發自我的 | 从 | iphoneから送信 |
    나의
    """
)
DISCLAIMER: Final = (
    r"confidential|privileged|intended (?:only |solely )?(?:for|recipient)|vertrauliche?|rechtlich geschützt"
    r"|nicht der (?:richtige |beabsichtigte )?(?:adressat|empfänger)|confidentiel|destinataires?|confidencial"
    r"|destinatari[oa]s?|riservat[eoai]|vertrouwelijk|geadresseerde|poufn\w+|adresat\w*|konfidentiell\w*"
    r"|fortroli\w*|luottamukselli\w*|důvěrn\w*|bizalmas|gizli\w*|конфиденциальн\w*|конфіденційн\w*"
)
DISCLAIMER_SUBJECT: Final = (
    r"(?:this|the) (?:e-?mail|message|communication|transmission|information)|e-?mails? (?:and|message)|disclaimer"
    r"|confidentiality notice|diese (?:e-?mail|nachricht)|ce (?:message|courriel|mail)|cet? e-?mail"
    r"|este (?:mensaje|correo|e-?mail)|esta (?:mensagem|comunicación)"
    r"|quest[oa] (?:messaggio|e-?mail|comunicazione)|(?:dit|deze) (?:bericht|e-?mail)|(?:ta|niniejsza) wiadomość"
    r"|(?:detta|denne|dette) \w+|tämä \w+|tento e-?mail|tato zpráva|ez az (?:e-?mail|üzenet)|bu (?:e-?posta|mesaj)"
    r"|это (?:сообщение|письмо)|данное (?:сообщение|письмо)"
)
FOOTER: Final = (
    r"consider the environment before|umwelt,? bevor sie|pensez à l.environnement"
    r"|pense (?:en el|no) (?:medio ?ambiente|meio ambiente)|antes de imprimir|denk aan het milieu"
    r"|prima di stampare|zanim wydrukujesz|virus-?free|avast|virenfrei|garanti sans virus|libre de virus"
)
CLOSING: Final = _any_of(
    """
    best regards | kind regards | regards | warm regards | many thanks | best wishes | best | thanks | thank you |
    cheers | sincerely | yours sincerely | yours faithfully | yours truly | mit freundlichen grüßen |
    freundliche grüße | viele grüße | liebe grüße | beste grüße | mfg | vg | lg | gruß | grüße | schöne grüße |
    cordialement | bien cordialement | sincères salutations | bien à vous | saludos | un saludo | atentamente |
    saludos cordiales | atenciosamente | cumprimentos | com os melhores cumprimentos | abraços | cordiali saluti |
    distinti saluti | saluti | met vriendelijke groet | vriendelijke groeten | groeten | groetjes | pozdrawiam |
    z poważaniem | med vänlig hälsning | vänliga hälsningar | med venlig hilsen | mvh | ystävällisin terveisin |
    s pozdravem | üdvözlettel | cu stimă | saygılarımla | с уважением | з повагою
    """
)
CONTACT: Final = (
    r""
    r"(?:tel|phone|mobile|mob|fax|fon|telefon|téléphone|tél|teléfono|telefone|cell|office|direct|web|www|e-?mail|m|t|f|p)\b\.?\s*[:.|+]"
    r"|https?://|www\.|\S+@\S+\.\w+\s*$|[+(]?\d[\d\s()./-]{6,}$|.{1,60}\s\|\s"
)
WAS_SENT: Final = _any_of(
    """
    gesendet | geschickt | gönderildi | küldve | lähetetty | verzonden | verstuurd | wysłana | wysłano
    """
)
