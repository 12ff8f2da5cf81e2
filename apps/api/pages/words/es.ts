import type { Words } from "./words.ts";

export const es: Words = {
  common: {
    skip: "Ir al contenido",
    languages: "Idioma",
    by: { email: "por correo electrónico", phone: "por teléfono" },
    yourAddress: "su dirección",
    choices: "Todas sus opciones",
    undoTitle: "¿Lo ha pulsado sin querer?",
    undoText: "Puede deshacerlo una vez, en un plazo de 15 minutos.",
    undo: "Deshacer",
    stopEverything: "Detener todo",
    backToChoices: "Volver a sus opciones",
  },
  invalid: {
    title: "Este enlace no funciona",
    nothing: "Puede que se haya cortado por el camino. No se ha cambiado nada.",
    instead:
      "Use el enlace de un mensaje más reciente, o responda al mensaje y diga que no quiere recibir más.",
  },
  unsubscribe: {
    title: (topic) => `¿Detener «${topic}» por correo electrónico?`,
    where: "Lo recibe en",
    notYet: "Todavía no ha cambiado nada. Se detiene cuando pulse el botón.",
    stop: (topic) => `Detener «${topic}»`,
    moreTitle: "O detener más",
    more: "Esto lo incluye todo: cada correo a sus direcciones y cada llamada a sus números.",
    changeTitle: "O cambiar lo que recibe",
    change: "Elegir temas, hacer una pausa o recibir menos mensajes",
    forwarded:
      "¿Le han reenviado este mensaje? Entonces esta página trata de otra persona. Ciérrela y no cambiará nada.",
  },
  stopped: {
    receipt: "Guardar un recibo firmado",
    title: "Detenido",
    topic: (topic) => `«${topic}» está detenido`,
    everything: "Todo está detenido",
    from: (moment) => `Desde este momento, ${moment}, no se le envía nada más.`,
    onTheWay: (count) =>
      `${count === 1 ? "Un mensaje ya estaba en camino y puede" : `${count} mensajes ya estaban en camino y pueden`} llegar todavía. Después no se le envía nada más.`,
  },
  undone: {
    done: "Todo está como antes",
    doneText:
      "Vuelve a recibir lo que recibía antes. Puede detenerlo en cualquier momento con el enlace de cada mensaje.",
    late: "Esto ya no se puede deshacer aquí",
    lateText: "Deshacer funciona una vez y durante 15 minutos. Lo que ha detenido sigue detenido.",
  },
  form: {
    title: (sender) => `Reciba noticias de ${sender}`,
    intro:
      "Elija lo que quiera. No hay nada marcado de antemano y puede detener cada cosa en cualquier momento.",
    address: "Su dirección de correo electrónico",
    name: "Su nombre",
    phone: "Su número de teléfono",
    phoneHint: "Con el prefijo del país, por ejemplo +34 912 345 678",
    optional: "opcional",
    what: "¿Qué quiere recibir?",
    trap: "Deje este campo vacío",
    send: "Enviarme la confirmación",
    after: "Recibirá un mensaje con un enlace. Solo cuando lo confirme allí llegará algo más.",
    faultsTitle: "Falta algo",
    faultAddress: "Escriba una dirección de correo electrónico, por ejemplo nombre@example.com.",
    faultName: "Escriba un nombre de 200 caracteres como máximo, o déjelo en blanco.",
    faultPhone: "Escriba el número con el prefijo del país, por ejemplo +34 912 345 678.",
    faultNothing: "Marque al menos una casilla.",
    faultChanged: "El texto ha cambiado desde que se hizo aquella página. Léalo aquí y marque lo que desee.",
    thanksTitle: "Mire su buzón",
    thanks: (sender) =>
      `Si se puede escribir a esta dirección, un mensaje de ${sender} está en camino. Pulse el botón al que lleva el enlace y estará hecho.`,
    thanksNoMail:
      "A una dirección se envía como máximo un mensaje de este tipo al día. ¿No ha llegado nada? Mire en el correo no deseado.",
    tooManyTitle: "Demasiados intentos",
    tooMany: "No se ha guardado nada. Vuelva a intentarlo más tarde.",
  },
  confirm: {
    title: (sender) => `Confirmar para ${sender}`,
    where: "Para la dirección",
    agree: "Con el botón acepta lo siguiente:",
    button: "Sí, acepto",
    notYou: "¿No ha sido usted? Cierre esta página: no ocurre nada.",
    phone: "Las llamadas esperan su palabra por teléfono: una dirección de correo no demuestra un número.",
    doneTitle: "Confirmado",
    done: "Ha quedado registrado. Puede verlo, cambiarlo o detenerlo en cualquier momento.",
    donePhone: "Antes de que alguien le llame para venderle algo, se le preguntará una vez por teléfono.",
    alreadyTitle: "Ya estaba confirmado",
    already: "Este enlace ya ha cumplido su función. Ahora no cambia nada.",
    expiredTitle: "Este enlace ya no es válido",
    expired:
      "Su plazo terminó o cambió aquello de lo que trataba. No se confirmó nada. Suscríbase otra vez para recibir uno nuevo.",
    objectionTitle: "Su oposición sigue en vigor",
    objection: (sender) =>
      `Usted se opuso a la publicidad o denunció un mensaje. Un formulario no lo anula. Escriba a ${sender} si ha cambiado de opinión.`,
  },
  preferences: {
    title: "Lo que recibe de nosotros",
    forWhom: "Para",
    onRecord: "Estas son las opciones que tenemos registradas en este momento.",
    noneOfIt: "¿No quiere nada de esto?",
    onePress: "Basta con pulsar una vez, llamadas incluidas.",
    channel: (channel, point, several) =>
      channel === "email"
        ? several
          ? `Por correo electrónico a ${point}`
          : "Por correo electrónico"
        : `Llamadas al ${point}`,
    onSince: (day, way) => `Activado desde el ${day}${way === "" ? "" : `, ${way}`}`,
    on: "Activado",
    offSince: (day, way) => `Desactivado desde el ${day}${way === "" ? "" : `, ${way}`}`,
    refusedOn: (day) => `Desactivado. Dijo que no el ${day}`,
    lapsedOn: (day) => `Desactivado. Su consentimiento del ${day} ha caducado`,
    changedSince: (day) => `Desactivado. Lo que aceptó el ${day} ha cambiado desde entonces`,
    confirmAnew: "Marque la casilla para confirmarlo de nuevo",
    askedOn: (day) => `Desactivado. Solicitado el ${day}, espera su confirmación`,
    neverAsked: "Desactivado. Nunca se le preguntó",
    byLaw: "Activado: la ley lo permite sin su consentimiento. Puede detenerlo aquí",
    unproved: "Desactivado. Lo que consta no prueba su consentimiento",
    endsOn: (day) => `termina el ${day}`,
    heldBack: "Por ahora no se envía nada: una norma lo retiene",
    stoppedSince: (day) => `Desactivado. Aquí está todo detenido desde el ${day}`,
    onlyByPhone: "Se puede activar en una llamada con nosotros",
    paceTitle: "Cuánto quiere recibir",
    asItComes: "Según vaya llegando",
    atMost: (count, span) =>
      `Como máximo ${count === 1 ? "un mensaje" : `${count} mensajes`} ${span === "week" ? "por semana" : "al mes"}, llamadas incluidas`,
    nothingFor: (days) => `Nada durante ${days} días, llamadas incluidas`,
    pausedUntil: (day) => `Nada hasta el ${day}, como usted eligió`,
    save: "Guardar mis opciones",
    saveHint:
      "Lo que desactive se detiene al instante. Lo que active, le pediremos que lo confirme una vez más por correo.",
    savedTitle: "Guardado",
    savedStopped: (count) =>
      count === 1
        ? "Un envío queda detenido desde este momento."
        : `${count} envíos quedan detenidos desde este momento.`,
    savedPaused: (day) => `No llega nada hasta el ${day}.`,
    savedPace: "El nuevo ritmo vale desde este momento.",
    savedAsked: "Le hemos enviado un mensaje: lo que ha activado empieza cuando lo confirme allí.",
    savedNothing: "No había nada distinto, así que no se ha cambiado nada.",
    historyTitle: "Su historial",
    historyEmpty: "Todavía no hay nada registrado.",
    all: "Todo lo que le hemos enviado y todo lo que hemos retenido",
    receipts: "Guardar los recibos firmados de sus decisiones",
  },
  history: {
    deed: (deed, topic, channel) =>
      ({
        requested: `Solicitado: ${topic} ${channel}. Espera su confirmación.`,
        given: `Usted aceptó: ${topic} ${channel}.`,
        confirmed: `Usted confirmó: ${topic} ${channel}.`,
        renewed: `Usted renovó su consentimiento: ${topic} ${channel}.`,
        refused: `Usted dijo que no: ${topic} ${channel}.`,
        withdrawn: `Usted detuvo: ${topic} ${channel}.`,
        objected: "Usted se opuso a la publicidad.",
        expired: `Su consentimiento caducó: ${topic} ${channel}.`,
        suppressed: `Se detuvo todo ${channel}.`,
        "suppression-lifted": `Se levantó la detención de todo ${channel}.`,
        "withdrawal-undone": `Usted deshizo la detención: ${topic} ${channel}.`,
      })[deed],
    everything: "todo",
    way: {
      link: "con el enlace de un mensaje",
      "one-click": "con el botón de su programa de correo",
      "preference-page": "en esta página",
      "web-form": "en un formulario",
      "double-opt-in": "con un enlace enviado a su dirección",
      "phone-call": "en una llamada",
      import: "según los archivos del remitente",
      undo: "con «Deshacer»",
      complaint: "al denunciar un mensaje",
      other: "según los registros del remitente",
    },
    paced: (day, cap) =>
      day !== null
        ? `Usted pidió una pausa hasta el ${day}.`
        : cap !== null
          ? `Usted eligió: ${cap}.`
          : "Usted eligió: según vaya llegando.",
    emailed: (name) => `Le enviamos «${name}».`,
    called: (name) => `Le llamamos por «${name}».`,
    maybe: "No se sabe si llegó.",
    why: "¿Por qué he recibido esto?",
  },
  why: {
    title: "¿Por qué he recibido esto?",
    message: "Mensaje",
    from: "De",
    topic: "Tema",
    when: "Cuándo",
    to: "A",
    permission: "Por qué estaba permitido",
    consent: "Usted lo había aceptado.",
    ownBusiness: "Trataba de su propio pedido o de su cuenta.",
    otherBasis: "La ley lo permitía sin su consentimiento. Puede oponerse en cualquier momento.",
    agreedOn: (day, way) => `El ${day}, ${way}.`,
    shown: "Se le mostró este texto:",
    unknown: "El registro de este mensaje no indica ningún consentimiento.",
    blockedTitle: "Lo que se retuvo para usted",
    blockedIntro: "Estos mensajes estaban previstos y no se enviaron:",
    blocked: {
      stopped: "Usted lo había detenido",
      "no-consent": "Usted no lo había aceptado",
      lapsed: "Su consentimiento era demasiado antiguo",
      changed: "Lo que usted había aceptado había cambiado",
      wish: "Usted quería una pausa, o recibir menos",
      time: "No era la hora adecuada donde usted está",
      list: "Su número está en una lista de exclusión publicitaria",
      other: "Una regla no lo permitía, o llegaba demasiado tarde",
    },
  },
  messages: {
    title: "Lo que le hemos enviado y lo que hemos retenido",
    sent: "Enviado",
    sentNone: "No se le ha enviado nada.",
    held: "Retenido",
    heldNone: "No se ha retenido nada.",
  },
};
