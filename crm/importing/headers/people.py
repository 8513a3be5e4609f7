"""Names that columns about people and companies have in files of any origin, in fifteen languages.

Written as they are spoken: `normalise_header` takes care of case, accents, signs and CamelCase. A target `record.…`
belongs to whatever the file lists: a person, a company, a deal or an order.
"""

PERSON = {
    "person.first_name": (
        "first name|first|given name|forename|fname|christian name|vorname|rufname|prénom|nombre|nombre de pila|"
        "nome|primeiro nome|nome próprio|voornaam|imię|förnamn|fornavn|etunimi|ad|jméno|имя|الاسم الأول|שם פרטי|"
        "名"
    ),
    "person.middle_name": (
        "middle name|middle|additional name|second forename|zweiter vorname|deuxième prénom|segundo nombre|"
        "secondo nome|nome do meio|tweede voornaam|tussenvoegsel|отчество|الاسم الأوسط"
    ),
    "person.last_name": (
        "last name|last|surname|family name|lname|nachname|familienname|zuname|nom de famille|nom|apellido|"
        "apellidos|primer apellido|cognome|sobrenome|apelido|último nome|achternaam|familienaam|nazwisko|"
        "efternamn|etternavn|sukunimi|soyad|příjmení|фамилия|اسم العائلة|اللقب|שם משפחה|姓"
    ),
    "person.full_name": (
        "full name|name|contact name|display name|person|person name|client|client name|customer|customer name|"
        "buyer|buyer name|recipient|recipient name|contact|contact person|attendee name|vollständiger name|"
        "name des kunden|kunde|kundenname|ansprechpartner|nom complet|nom et prénom|prénom et nom|nom du client|"
        "cliente|nombre completo|nombre y apellidos|nombre del cliente|nome completo|nome e cognome|nominativo|"
        "nome do cliente|nome cliente|volledige naam|naam|klant|klantnaam|contactpersoon|imię i nazwisko|"
        "ad soyad|фио|клиент|الاسم|الاسم الكامل|اسم العميل|العميل|שם|שם מלא|姓名|氏名|お名前"
    ),
    "person.prefix": (
        "prefix|name prefix|salutation|courtesy title|honorific|anrede|civilité|tratamiento|saludo|titolo|"
        "tratamento|aanhef|обращение"
    ),
    "person.suffix": "suffix|name suffix|namenszusatz|suffixe|sufijo|suffisso|sufixo|achtervoegsel",
    "person.nickname": "nickname|nick name|alias|spitzname|surnom|apodo|soprannome|alcunha|bijnaam",
    "person.email": (
        "email|mail|email address|email addresses|mail address|email 1|email 1 value|email 1 address|"
        "primary email|main email|work email|business email|contact email|customer email|client email|"
        "buyer email|email work|personal work email|e mail adresse|emailadresse|email adresse|mailadresse|"
        "kunden email|adresse email|adresse mail|adresse électronique|adresse de messagerie|courriel|mél|"
        "email du client|correo|correo electrónico|dirección de correo|dirección de correo electrónico|"
        "correo del cliente|email cliente|posta elettronica|indirizzo email|indirizzo di posta elettronica|"
        "endereço de email|correio eletrónico|correio eletrônico|email do cliente|emailadres|mailadres|"
        "adres email|e post|e posta|sähköposti|эл почта|почта|электронная почта|البريد الإلكتروني|بريد إلكتروني|"
        "الإيميل|דואל|אימייל|邮箱|电子邮件|メールアドレス|メール"
    ),
    "person.email_secondary": (
        "email 2|email 3|email 2 value|email 3 value|email 2 address|email 3 address|second email|"
        "secondary email|other email|personal email|private email|home email|email home|email other|"
        "alternate email|alternative email|additional email|additional emails|zweite email|private email adresse|"
        "email secondaire|email personnel|correo secundario|segundo correo|email secondaria|email secundário|"
        "tweede email|privé email"
    ),
    "person.phone": (
        "phone|phone number|phone no|telephone|telephone number|tel|tel no|phone 1|phone 1 value|primary phone|"
        "primary phone number|main phone|work phone|business phone|direct phone|office phone|contact phone|"
        "contact number|daytime phone|customer phone|phone work|ddi number|telefon|telefonnummer|telefonnr|"
        "rufnummer|telefon geschäftlich|festnetz|téléphone|numéro de téléphone|no de téléphone|téléphone fixe|"
        "téléphone professionnel|teléfono|número de teléfono|teléfono fijo|telefono|numero di telefono|telefone|"
        "número de telefone|telefone fixo|telefoon|telefoonnummer|numer telefonu|puhelin|телефон|номер телефона|"
        "الهاتف|رقم الهاتف|هاتف|טלפון|电话|電話番号|電話"
    ),
    "person.phone_mobile": (
        "mobile|mobile phone|mobile number|mobile phone number|mobile no|cell|cell phone|cellphone|cell number|"
        "phone mobile|sms|handy|handynummer|mobiltelefon|mobilnummer|mobil|natel|portable|mobile téléphone|"
        "téléphone portable|téléphone mobile|gsm|móvil|teléfono móvil|celular|teléfono celular|cellulare|"
        "telefono cellulare|telefonino|telemóvel|mobiel|mobiele telefoon|mobiel nummer|komórka|telefon komórkowy|"
        "мобильный|мобильный телефон|الجوال|رقم الجوال|الموبايل|المحمول|נייד|手机|携帯電話"
    ),
    "person.phone_home": (
        "home phone|phone home|private phone|telefon privat|téléphone domicile|téléphone personnel|"
        "teléfono de casa|teléfono particular|telefono casa|telefone residencial|telefoon thuis|domowy telefon"
    ),
    "person.phone_other": (
        "other phone|phone other|phone 2|phone 2 value|phone 3|phone 3 value|business phone 2|second phone|"
        "secondary phone|additional phone|alternate phone|whatsapp|whatsapp number|whatsapp phone number|"
        "default address phone|anderes telefon|autre téléphone|otro teléfono|altro telefono|outro telefone|"
        "overige telefoon"
    ),
    "person.fax": "fax|fax number|business fax|telefax|faxnummer|télécopie|número de fax|الفاكس",
    "person.company_name": (
        "company|company name|organisation|organization|organisation name|organization name|organization 1 name|"
        "account name|business|business name|employer|associated company|primary company name|company account|"
        "workplace|firma|firmenname|unternehmen|betrieb|société|nom de la société|entreprise|nom de l'entreprise|"
        "raison sociale|empresa|nombre de la empresa|compañía|razón social|azienda|nome azienda|società|"
        "ragione sociale|ditta|nome da empresa|razão social|companhia|bedrijf|bedrijfsnaam|organisatie|werkgever|"
        "företag|şirket|компания|организация|الشركة|اسم الشركة|חברה|公司|会社名|会社"
    ),
    "person.company_external_id": (
        "company id|account id|organization id|associated company ids|associated company id|primary company id|"
        "account name id|company name id|firmen id|id entreprise"
    ),
    "person.company_domain": "company domain|company domain name|email domain",
    "person.job_title": (
        "job title|position|role|job|job role|occupation title|organization title|organization 1 title|jobtitle|"
        "title|berufsbezeichnung|funktion|stellung|jobtitel|titel|poste|fonction|intitulé du poste|puesto|cargo|"
        "puesto de trabajo|qualifica|ruolo|posizione|mansione|função|functie|functietitel|stanowisko|unvan|"
        "должность|المسمى الوظيفي|الوظيفة|תפקיד|职位|役職"
    ),
    "person.department": (
        "department|organization department|organization 1 department|division|abteilung|service|département|"
        "departamento|dipartimento|reparto|afdeling|القسم"
    ),
    "person.street": (
        "street|street address|address|addr|address 1|street road name|address line 1|street 1|line 1|mailing address|"
        "postal address|work address|po address line 1|address 1 street|postal street|straße|strasse|"
        "straße und hausnummer|anschrift|adresse|adresse 1|adresse postale|rue|dirección|dirección 1|calle|"
        "domicilio|indirizzo|via|endereço|morada|rua|logradouro|adres|straat|straatnaam|ulica|gata|adress|"
        "gatuadress|katuosoite|адрес|улица|العنوان|الشارع|כתובת|רחוב|地址|住所"
    ),
    "person.street2": (
        "address 2|address line 2|street address 2|apartment suite no|street 2|line 2|apartment|apt|suite|unit|"
        "address 1 extended address|adresszusatz|adresse 2|complément d'adresse|complément|dirección 2|"
        "complemento|indirizzo 2|endereço 2|toevoeging|adresregel 2"
    ),
    "person.city": (
        "city|town|city town|city town village locality|locality|suburb|place|stadt|ort|wohnort|ville|commune|"
        "localité|ciudad|población|municipio|localidad|città|comune|località|cidade|localidade|plaats|stad|"
        "woonplaats|gemeente|miasto|şehir|kaupunki|город|المدينة|עיר|城市|市区町村"
    ),
    "person.region": (
        "state|province|region|county|state region|state province|state or province|state county|territory|"
        "bundesland|kanton|région|département de résidence|canton|provincia|región|estado|comunidad autónoma|"
        "regione|região|distrito|provincie|regio|województwo|область|регион|المنطقة|المحافظة|מחוז|省|都道府県"
    ),
    "person.region_code": (
        "state code|province code|region code|mailing state code|kürzel bundesland|sigla provincia|uf"
    ),
    "person.postal_code": (
        "zip|zip code|zip postal code|postal code|postcode|post code|postal zip code|plz|postleitzahl|"
        "code postal|cp|código postal|cap|codice postale|código de endereçamento postal|cep|kod pocztowy|"
        "posta kodu|postnummer|индекс|почтовый индекс|الرمز البريدي|מיקוד|邮编|郵便番号"
    ),
    "person.country": (
        "country|country region|country name|nation|land|staat|pays|país|pais|país de residencia|paese|nazione|"
        "stato|kraj|ülke|maa|страна|الدولة|البلد|מדינה|国家|国"
    ),
    "person.country_code": (
        "country code|country iso|iso country|ländercode|länderkürzel|code pays|código de país|codice paese|landcode|cc"
    ),
    "person.birthday": (
        "birthday|birth date|birthdate|date of birth|dob|born|born on|geburtstag|geburtsdatum|geboren am|"
        "date de naissance|anniversaire|fecha de nacimiento|cumpleaños|data di nascita|compleanno|"
        "data de nascimento|aniversário|nascimento|geboortedatum|verjaardag|data urodzenia|doğum tarihi|"
        "дата рождения|تاريخ الميلاد|תאריך לידה|生日|誕生日|生年月日"
    ),
    "person.website": (
        "website|web|url|homepage|web page|web page 1|site|web site|website url|website 1 value|webseite|"
        "internetseite|site web|site internet|sitio web|página web|sito web|sito internet|página|الموقع"
    ),
    "person.linkedin_url": (
        "linkedin|linkedin url|linkedin profile|linkedin profile url|linkedin link url|person linkedin url|"
        "profil linkedin"
    ),
    "person.language": (
        "language|preferred language|locale|sprache|korrespondenzsprache|langue|idioma|lengua|lingua|língua|taal|"
        "język|язык|اللغة|שפה"
    ),
    "person.timezone": ("timezone|time zone|zeitzone|fuseau horaire|zona horaria|fuso orario|fuso horário|tijdzone"),
    "person.lead_status": "lead status|lead stage|lead state",
    "person.lifecycle_stage": "lifecycle stage|life cycle stage|customer stage",
    "person.total_spent": (
        "total spent|total spend|lifetime spend|gesamtumsatz|total dépensé|total gastado|totale speso|total gasto"
    ),
    "person.total_orders": (
        "total orders|orders|orders count|order count|number of orders|payment count|anzahl bestellungen|"
        "nombre de commandes|número de pedidos|numero ordini|aantal bestellingen"
    ),
    "person.delinquent": "delinquent",
}
RECORD = {
    "record.external_id": (
        "id|record id|rec id|unique id|external id|pipedrive system id|uuid|uid|identifier|system id|kennung|"
        "identifiant|identificador|identificativo|المعرف"
    ),
    "record.owner": (
        "owner|account manager|assigned to|sales rep|salesperson|sales person|responsible|responsible person|"
        "agent|besitzer|zuständig|betreuer|verantwortlich|propriétaire|responsable|commercial|propietario|"
        "vendedor|proprietario|responsabile|proprietário|responsável|eigenaar|verantwoordelijke|opiekun|"
        "ответственный|المسؤول|المالك"
    ),
    "record.owner_external_id": "owner id|owner external id",
    "record.created_at": (
        "created|created at|created on|create date|created date|created time|creation date|creation time|"
        "date added|date created|added|added on|added time|added at|registered|registered on|date registered|"
        "registration date|signup date|sign up date|member since|customer since|first seen|profile created on|"
        "erstellt|erstellt am|angelegt am|erstellungsdatum|kunde seit|registriert am|créé le|date de création|"
        "date d'inscription|inscrit le|creado|creado el|fecha de creación|fecha de alta|fecha de registro|creato|"
        "creato il|data di creazione|data creazione|data di registrazione|criado em|data de criação|"
        "data de cadastro|data de registo|aangemaakt|aangemaakt op|aanmaakdatum|utworzono|дата создания|"
        "تاريخ الإنشاء|تاريخ التسجيل"
    ),
    "record.updated_at": (
        "updated|updated at|updated on|update time|last updated|modified|modified on|modified at|modified date|"
        "modified time|last modified|last modified date|last changed|date modified|geändert am|zuletzt geändert|"
        "aktualisiert am|modifié le|mis à jour le|date de modification|modificado|actualizado|"
        "fecha de modificación|modificato il|aggiornato il|modificado em|atualizado em|gewijzigd|gewijzigd op|"
        "bijgewerkt op|تاريخ التحديث"
    ),
    "record.last_activity_at": (
        "last activity|last activity date|last activity time|last active|last seen|last visit|letzte aktivität|"
        "dernière activité|última actividad|ultima attività|última atividade|laatste activiteit|آخر نشاط"
    ),
    "record.tags": (
        "tags|tag|labels|label|groups|group|categories|categories list|segment|segments|list|lists|"
        "group membership|keywords list|schlagworte|schlagwörter|etiketten|gruppen|gruppe|kategorien|étiquettes|"
        "groupes|catégories|listes|etiquetas|grupos|categorías|etichette|gruppi|categorie|etiqueta|categorias|"
        "groepen|tagi|теги|الوسوم|التصنيفات"
    ),
    "record.notes": (
        "notes|note|comments|comment|description|remarks|remark|memo|annotation|background|"
        "additional information|notizen|notiz|bemerkung|bemerkungen|kommentar|kommentare|beschreibung|"
        "anmerkungen|remarques|remarque|commentaire|commentaires|notas|nota|comentarios|comentario|observaciones|"
        "descripción|annotazioni|commenti|osservazioni|descrizione|comentários|observações|descrição|anotações|"
        "opmerkingen|opmerking|notities|omschrijving|beschrijving|uwagi|заметки|комментарий|примечание|ملاحظات|"
        "הערות|备注|備考"
    ),
    "record.source": (
        "source|lead source|origin|channel|source channel|referred by|referral source|how did you hear about us|"
        "traffic source|original source|original traffic source|quelle|herkunft|lead quelle|kanal|origine|"
        "provenance|source du lead|origen|fuente|procedencia|fonte|provenienza|canale|origem|canal|bron|herkomst|"
        "źródło|источник|المصدر"
    ),
    "record.currency": (
        "currency|currency code|currency iso code|iso currency|währung|devise|monnaie|moneda|divisa|valuta|moeda|"
        "munt|waluta|валюта|العملة|מטבע|货币|通貨"
    ),
}
CONSENT = {
    "consent.email_opt_in": (
        "opt in|opted in|email opt in|newsletter|subscribed|accepts marketing|accepts email marketing|"
        "has newsletter|email consent|marketing consent|marketing permission|agreed to marketing|einwilligung|"
        "newsletter angemeldet|consentement|accepte la newsletter|consentimiento|acepta marketing|consenso|"
        "consenso marketing|consentimento|aceita marketing|toestemming|nieuwsbrief|الموافقة على التسويق"
    ),
    "consent.email_opt_out": (
        "opt out|opted out|email opt out|has opted out of email|unsubscribed|unsubscribed from all email|"
        "do not email|email blacklisted|blacklisted|suppressed|abgemeldet|keine werbung|désinscrit|désabonné|"
        "baja|dado de baja|disiscritto|cancelado|uitgeschreven|afgemeld"
    ),
    "consent.sms_opt_in": ("sms opt in|sms consent|accepts sms marketing|accepts sms|text consent|sms einwilligung"),
    "consent.sms_opt_out": "sms opt out|sms blacklisted|do not text",
    "consent.call_opt_out": "do not call|phone opt out|call opt out|nicht anrufen|ne pas appeler|no llamar",
    "consent.email_status": "email marketing consent|email consent status",
    "consent.sms_status": "sms marketing consent|sms consent status",
    "consent.status": "email status|subscription status|subscriber status|consent status",
    "consent.marketing_status": "marketing contact status|marketing status",
    "consent.legal_basis": (
        "legal basis|lawful basis|legal basis for processing contact s data|rechtsgrundlage|base légale|"
        "base jurídica|base giuridica|grondslag"
    ),
    "consent.opt_in_at": (
        "optin time|opt in time|opt in date|subscribed at|subscribed on|subscription date|consent date|consented at"
    ),
    "consent.opt_in_ip": "optin ip|opt in ip",
    "consent.confirmed_at": "confirm time|confirmed at|confirmation time|double opt in at",
    "consent.unsubscribed_at": (
        "unsub time|unsubscribed time|unsubscribed at|unsubscribed on|opt out date|opt out time|abgemeldet am"
    ),
    "consent.unsubscribe_reason": "unsub reason|unsubscribe reason",
    "consent.bounced": "clean time|bounced|email bounced date|invalid email address|hard bounced",
}
COMPANY = {
    "company.name": (
        "company name|company|organization name|organisation name|organization|organisation|account name|account|"
        "business|business name|name|firma|firmenname|unternehmen|société|nom de la société|nom de l'entreprise|"
        "entreprise|raison sociale|empresa|nombre de la empresa|razón social|azienda|ragione sociale|"
        "nome azienda|nome da empresa|razão social|bedrijf|bedrijfsnaam|organisatie|nom|nombre|nome|naam|الشركة|"
        "اسم الشركة|الاسم|公司|会社名"
    ),
    "company.external_id": (
        "account id|company id|organization id|account number|account no|customer number|firmen id"
    ),
    "company.legal_name": (
        "legal name|registered name|legal company name|eingetragener name|dénomination sociale|"
        "denominación social|denominazione sociale|denominação social|statutaire naam"
    ),
    "company.domain": (
        "domain|company domain|company domain name|domain name|web domain|domäne|domaine|dominio|domínio|domein"
    ),
    "company.website": (
        "website|web|website url|homepage|web page|url|site|webseite|site web|sitio web|página web|sito web|"
        "site internet"
    ),
    "company.industry": (
        "industry|sector|branch|line of business|branche|industrie|secteur|secteur d'activité|sector industrial|"
        "industria|settore|setor|sectie|bedrijfstak|القطاع"
    ),
    "company.type": "type|company type|account type|record type name|art|typ|type d'entreprise|tipo|soort",
    "company.employees": (
        "employees|number of employees|number employees|employee count|headcount|company size|mitarbeiter|"
        "mitarbeiterzahl|anzahl mitarbeiter|effectif|nombre d'employés|empleados|número de empleados|dipendenti|"
        "numero di dipendenti|funcionários|número de funcionários|medewerkers|aantal medewerkers|عدد الموظفين"
    ),
    "company.annual_revenue": (
        "annual revenue|revenue|turnover|yearly revenue|umsatz|jahresumsatz|chiffre d'affaires|ingresos anuales|"
        "facturación|fatturato|receita anual|faturamento|volume de negócios|omzet|jaaromzet"
    ),
    "company.phone": (
        "phone|phone number|telephone|tel|main phone|telefon|telefonnummer|téléphone|teléfono|telefono|telefone|"
        "telefoon|telefoonnummer|الهاتف"
    ),
    "company.email": "company email|info email|general email|firmen email",
    "company.description": (
        "description|about|company description|beschreibung|descripción|descrizione|descrição|omschrijving"
    ),
    "company.linkedin_url": "linkedin company page|linkedin|linkedin url|company linkedin url",
    "company.tax_number": (
        "tax number|tax id|vat number|vat id|vat|vat no|ust id|ust idnr|umsatzsteuer id|steuernummer|"
        "numéro de tva|tva|n tva|siret|siren|nif|cif|rfc|partita iva|p iva|codice fiscale|nif nipc|cnpj|"
        "btw nummer|btw|الرقم الضريبي"
    ),
    "company.registration_number": (
        "company number|registration number|company registration number|commercial register number|"
        "handelsregisternummer|rcs|registro mercantil|numero rea|kvk|kvk nummer"
    ),
    "company.parent": (
        "parent company|parent account|parent|muttergesellschaft|société mère|empresa matriz|moederbedrijf"
    ),
    "company.parent_external_id": "parent id|parent account id",
    "company.rating": "rating|account rating",
    "company.lead_status": "lead status",
    "company.lifecycle_stage": "lifecycle stage",
    "company.timezone": "timezone|time zone",
}
