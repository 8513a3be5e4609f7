"""Names that columns about orders and deals have in files of any origin, in fifteen languages.

Written as they are spoken: `normalise_header` takes care of case, accents, signs and CamelCase.
"""

ORDER = {
    "order.number": (
        "order|order no|order number|order id|order name|order ref|order reference|order code|invoice|invoice no|"
        "invoice number|invoice id|invoice ref|transaction|transaction id|transaction no|transaction number|"
        "receipt|receipt no|receipt id|bill no|sale id|sales id|sales order|document number|document no|"
        "ticket no|purchase id|basket id|bestellung|bestellnummer|bestell nr|auftrag|auftragsnummer|auftrags nr|"
        "rechnung|rechnungsnummer|rechnungs nr|rechnungsnr|belegnummer|beleg nr|commande|numéro de commande|"
        "n de commande|no commande|n commande|référence commande|facture|numéro de facture|n de facture|"
        "n facture|pedido|número de pedido|n de pedido|n pedido|id de pedido|factura|número de factura|n factura|"
        "n de factura|ordine|numero ordine|n ordine|id ordine|fattura|numero fattura|n fattura|encomenda|"
        "número da encomenda|número do pedido|fatura|número da fatura|nota fiscal|bestelling|bestelnummer|"
        "ordernummer|factuur|factuurnummer|zamówienie|numer zamówienia|номер заказа|заказ|رقم الطلب|الطلب|"
        "رقم الفاتورة|الفاتورة|订单号|订单编号|注文番号"
    ),
    "order.created_at": (
        "date|order date|ordered at|ordered on|order created at|invoice date|date of order|date of invoice|"
        "transaction date|transaction time|transaction timestamp|purchase date|purchased at|purchase time|"
        "sale date|sales date|payment date|paid on|timestamp|datetime|date time|created|created at|order time|"
        "processed at|bought at|datum|bestelldatum|auftragsdatum|rechnungsdatum|kaufdatum|belegdatum|"
        "date commande|date de commande|date de la commande|date facture|date de facture|date de facturation|"
        "date d'achat|fecha|fecha pedido|fecha de pedido|fecha del pedido|fecha factura|fecha de factura|"
        "fecha de compra|data|data ordine|data dell'ordine|data fattura|data acquisto|data di acquisto|"
        "data pedido|data do pedido|data da encomenda|data da fatura|data da compra|besteldatum|orderdatum|"
        "factuurdatum|aankoopdatum|data zamówienia|дата заказа|дата|التاريخ|تاريخ الطلب|تاريخ الفاتورة|תאריך|"
        "日期|订单日期|注文日"
    ),
    "order.customer_id": (
        "customer id|customer no|customer number|customer code|customer|client id|client no|client number|"
        "buyer id|user id|member id|account id|account number|account no|customer key|cust id|shopper id|"
        "contact id|person id|kundennummer|kunden nr|kundennr|kunden id|numéro client|n client|no client|"
        "code client|id client|numéro de client|id cliente|número de cliente|código de cliente|código cliente|"
        "código do cliente|n cliente|codice cliente|numero cliente|número do cliente|klantnummer|klantnr|"
        "klant id|numer klienta|номер клиента|رقم العميل|معرف العميل|מספר לקוח|客户编号|顧客番号"
    ),
    "order.email": (
        "email|customer email|buyer email|billing email|client email|contact email|email address|kunden email|"
        "email du client|correo del cliente|email cliente|email do cliente|correo electrónico|البريد الإلكتروني"
    ),
    "order.total": (
        "total|order total|total amount|amount|order amount|grand total|total price|total sales|net amount|"
        "gross amount|total paid|amount paid|revenue|sales|sales amount|invoice total|invoice amount|total value|"
        "order value|spent|spend|total incl tax|total inc vat|gesamt|gesamtbetrag|gesamtsumme|summe|betrag|"
        "rechnungsbetrag|bestellwert|umsatz|endbetrag|montant|montant total|total ttc|montant ttc|"
        "total de la commande|importe|importe total|total del pedido|total pedido|monto|monto total|totale|"
        "importo|importo totale|totale ordine|valor total|valor|total do pedido|total da encomenda|totaal|"
        "totaalbedrag|bedrag|orderbedrag|kwota|suma|сумма|итого|الإجمالي|المجموع|المبلغ|المبلغ الإجمالي|סהכ|总额|"
        "金额|合計|合計金額"
    ),
    "order.subtotal": (
        "subtotal|sub total|items total|net total|total excl tax|zwischensumme|nettobetrag|sous total|total ht|"
        "montant ht|subtotale|imponibile|subtotaal|المجموع الفرعي"
    ),
    "order.tax": (
        "tax|taxes|vat|tax amount|vat amount|sales tax|total tax|mwst|mehrwertsteuer|ust|steuer|tva|montant tva|"
        "taxe|iva|impuesto|impuestos|imposta|imposto|impostos|btw|الضريبة"
    ),
    "order.shipping": (
        "shipping|shipping cost|shipping amount|shipping total|shipping fee|delivery|delivery cost|delivery fee|"
        "freight|postage|versand|versandkosten|porto|frais de port|livraison|frais de livraison|envío|"
        "gastos de envío|coste de envío|spedizione|spese di spedizione|frete|portes|portes de envio|envio|"
        "verzendkosten|verzending|الشحن"
    ),
    "order.discount": (
        "discount|discount amount|discount total|total discount|rebate|rabatt|nachlass|remise|réduction|"
        "descuento|sconto|desconto|korting|rabat|الخصم"
    ),
    "order.discount_code": (
        "discount code|coupon|coupon code|voucher|voucher code|promo code|gutschein|gutscheincode|code promo|"
        "cupón|código de descuento|codice sconto|cupom|código promocional|kortingscode"
    ),
    "order.refunded": (
        "refunded|refunded amount|refund|refund amount|amount refunded|erstattet|erstattung|remboursé|"
        "remboursement|reembolso|reembolsado|rimborso|rimborsato|terugbetaald|terugbetaling"
    ),
    "order.status": (
        "status|order status|order state|bestellstatus|auftragsstatus|statut|statut de la commande|état|estado|"
        "estado del pedido|stato|stato ordine|estado da encomenda|status do pedido|orderstatus|bestelstatus|"
        "حالة الطلب|الحالة"
    ),
    "order.payment_status": (
        "payment status|financial status|paid|is paid|zahlungsstatus|statut du paiement|estado del pago|"
        "stato pagamento|estado do pagamento|betaalstatus"
    ),
    "order.fulfilment_status": (
        "fulfillment status|fulfilment status|delivery status|shipping status|lieferstatus|statut de livraison"
    ),
    "order.paid_at": "paid at|paid date|date paid|bezahlt am|payé le|pagado el|pagato il|pago em|betaald op",
    "order.fulfilled_at": (
        "fulfilled at|shipped at|delivered at|shipped on|delivered on|ship date|delivery date|lieferdatum|versanddatum"
    ),
    "order.cancelled_at": (
        "cancelled at|canceled at|cancellation date|cancelled on|storniert am|annulé le|cancelado el|annullato il"
    ),
    "order.payment_method": (
        "payment method|payment type|payment|paid with|payment gateway|zahlungsart|zahlungsmethode|"
        "mode de paiement|moyen de paiement|método de pago|forma de pago|metodo di pagamento|forma de pagamento|"
        "método de pagamento|betaalmethode|betaalwijze|طريقة الدفع"
    ),
    "order.notes": (
        "notes|note|order note|order notes|customer note|comments|remarks|bemerkung|remarque|comentario|opmerking"
    ),
    "order.channel": (
        "channel|source|sales channel|order source|source name|store|shop|vertriebskanal|kanal|canal|"
        "canal de venta|canale"
    ),
    "order.country": (
        "country|billing country|customer country|land|rechnungsland|pays|país|pais|paese|nazione|الدولة|البلد"
    ),
}
LINE = {
    "line.quantity": (
        "quantity|qty|units|unit quantity|count|items|item quantity|pieces|pcs|no of items|number of items|"
        "line quantity|lineitem quantity|line item quantity|quantity ordered|quantity sold|menge|anzahl|stück|"
        "stückzahl|stk|quantité|qté|nombre|cantidad|cant|uds|unidades|quantità|q ta|qta|pezzi|quantidade|qtd|"
        "qtde|aantal|stuks|ilość|adet|количество|кол во|الكمية|العدد|כמות|数量"
    ),
    "line.price": (
        "price|unit price|item price|price each|price per unit|unit cost|sell price|selling price|lineitem price|"
        "line item price|product price|preis|einzelpreis|stückpreis|preis pro stück|verkaufspreis|prix|"
        "prix unitaire|prix de vente|pu|pu ht|precio|precio unitario|precio unidad|prezzo|prezzo unitario|preço|"
        "preço unitário|valor unitário|prijs|stukprijs|eenheidsprijs|cena|cena jednostkowa|цена|السعر|سعر الوحدة|"
        "מחיר|单价|価格|単価"
    ),
    "line.amount": (
        "line total|line amount|line value|item total|row total|extended price|lineitem total|line item total|"
        "position total|positionsbetrag|zeilensumme|total ligne|montant ligne|total línea|importe línea|"
        "totale riga|total da linha|regeltotaal"
    ),
    "line.sku": (
        "sku|stock code|stockcode|product id|product code|product no|product number|item id|item no|item code|"
        "item number|article id|article no|article number|article code|part number|upc|ean|gtin|barcode|isbn|"
        "asin|variant sku|lineitem sku|line item sku|artikelnummer|artikel nr|artikelnr|artnr|produktnummer|"
        "bestellcode|référence|réf|référence produit|code article|code produit|référence article|referencia|"
        "código|código de producto|código producto|código de artículo|codice|codice prodotto|codice articolo|"
        "código do produto|código do artigo|referência|artikelcode|productcode|kod produktu|артикул|رمز المنتج|"
        "رقم المنتج|מקט|货号|商品编号|商品コード"
    ),
    "line.name": (
        "product|product name|item|item name|item description|article|article name|article description|"
        "product description|product title|title|description|lineitem name|line item name|line item|goods|"
        "service|artikel|artikelbezeichnung|artikelname|bezeichnung|produkt|produktname|produit|nom du produit|"
        "désignation|libellé|article désignation|producto|nombre del producto|artículo|descripción|concepto|"
        "prodotto|nome prodotto|articolo|descrizione|produto|nome do produto|artigo|descrição|productnaam|"
        "omschrijving|beschreibung|nazwa produktu|towar|товар|наименование|المنتج|اسم المنتج|الصنف|מוצר|商品|"
        "商品名|产品名称"
    ),
    "line.discount": "line discount|item discount|lineitem line discount|positionsrabatt|remise ligne",
    "line.category": (
        "category|product category|product type|department|warengruppe|kategorie|catégorie|categoría|categoria|"
        "categorie|الفئة"
    ),
}
DEAL = {
    "deal.title": (
        "deal|deal name|deal title|opportunity|opportunity name|title|name|subject|auftrag|geschäft|chance|"
        "verkaufschance|affaire|nom de l'affaire|opportunité|negocio|nombre del negocio|oportunidad|trato|"
        "opportunità|trattativa|negócio|oportunidade|kans|الصفقة|اسم الصفقة"
    ),
    "deal.amount": (
        "amount|value|deal value|deal size|deal amount|revenue|price|total|betrag|wert|auftragswert|volumen|"
        "montant|valeur|importe|valor|importo|valore|bedrag|waarde|kwota|сумма|القيمة|المبلغ"
    ),
    "deal.stage": ("stage|deal stage|pipeline stage|stage name|phase|verkaufsphase|étape|etapa|fase|etap|этап|المرحلة"),
    "deal.pipeline": "pipeline|sales pipeline|sub pipeline|trichter|entonnoir|embudo|funil",
    "deal.status": "status|deal status|state|estado|stato|statut",
    "deal.expected_close": (
        "close date|closing date|expected close|expected close date|forecast close date|expected closing|"
        "abschlussdatum|voraussichtlicher abschluss|date de clôture|date de clôture prévue|fecha de cierre|"
        "fecha prevista de cierre|data di chiusura|data de fechamento|data de fecho|sluitingsdatum|"
        "verwachte sluitingsdatum|تاريخ الإغلاق"
    ),
    "deal.probability": (
        "probability|deal probability|win probability|win chance|wahrscheinlichkeit|probabilité|probabilidad|"
        "probabilità|probabilidade|waarschijnlijkheid|kans op succes|الاحتمالية"
    ),
    "deal.company_name": (
        "company|company name|organization|organisation|account|account name|associated company|"
        "primary company name|firma|unternehmen|société|entreprise|empresa|azienda|bedrijf"
    ),
    "deal.company_external_id": ("account id|company id|associated company ids|account name id|company name id"),
    "deal.contact_name": (
        "contact|contact name|contact person|person|person name|associated contact|customer|client|kunde|"
        "ansprechpartner|contacto|contatto|contato|contactpersoon"
    ),
    "deal.contact_email": "email|contact email|person email|customer email",
    "deal.contact_external_id": "contact id|contact name id|associated contact ids|person id|customer id",
    "deal.type": "type|deal type|opportunity type",
    "deal.next_step": (
        "next step|nächster schritt|prochaine étape|próximo paso|prossimo passo|próximo passo|volgende stap"
    ),
    "deal.lost_reason": (
        "lost reason|closed lost reason|loss reason|reason for loss|reason lost|verlustgrund|motif de perte|"
        "motivo de pérdida|motivo perdita|motivo da perda|reden verlies"
    ),
    "deal.won_reason": "won reason|closed won reason|win reason",
    "deal.won": "won|is won",
    "deal.won_at": "won time|won at|won on|won date",
    "deal.lost_at": "lost time|lost at|lost on|lost date",
    "deal.closed_at": "closed on|deal closed on|closed at|closed date",
    "deal.stage_entered_at": "last stage change|date entered current stage|stage entered at|stage changed at",
    "deal.description": "description|deal description",
    "deal.currency": "currency of value",
    "deal.priority": "priority|priorität|priorité|prioridad|priorità|prioridade|prioriteit",
    "deal.arr": "annual recurring revenue|arr",
    "deal.mrr": "monthly recurring revenue|mrr",
}
