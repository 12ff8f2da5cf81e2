import type { PrivacyWords } from "../words.ts";

export const es: PrivacyWords = {
  title: (sender) => `Sus datos en ${sender}`,
  intro: (sender) =>
    `Esta página dice con palabras sencillas qué guarda ${sender} sobre las personas a las que escribe o llama, por qué, y qué puede hacer usted. No necesita ninguna cuenta.`,
  whatTitle: "Qué se guarda",
  what: [
    "Sus direcciones de correo y números de teléfono, y su nombre si usted u otra persona lo dio.",
    "Lo que aceptó y lo que rechazó: cuándo, cómo y con qué palabras exactas.",
    "Qué mensajes y llamadas se planearon para usted, cuáles llegaron, cuáles se retuvieron y por qué.",
    "Datos que la ley hace decisivos, como su país, y detalles anotados para elegir temas.",
  ],
  whyTitle: "Por qué",
  consentOnly: "Solo se le contacta si lo aceptó. Puede retirarlo en cualquier momento.",
  byLaw:
    "Se le contacta si lo aceptó, o donde la ley de su país lo permite sin ello. Puede oponerse en cualquier momento.",
  sourcesTitle: "De dónde viene",
  fromYou: "De usted: un formulario, una llamada, una compra.",
  fromOthers: (names) => `De otros: ${names}. A nadie de ahí se le contacta antes de comprobarlo.`,
  longTitle: "Cuánto tiempo",
  keptDays: {
    "import-files": (days) => `Listas subidas: ${days} días después de leerlas.`,
    "privacy-request-texts": (days) => `Lo que nos escribe aquí: ${days} días después de la respuesta.`,
    "inactive-contacts": (days) => `Sus datos, si no aceptó nada ni hubo contacto: ${days} días.`,
    "contact-history": (days) => `Qué mensajes se le enviaron: ${days} días.`,
  },
  keptProof:
    "La prueba de lo que aceptó y rechazó queda mientras un tribunal pueda pedirla. Tras una supresión ya no le nombra.",
  safeTitle: "Cómo se protege",
  safe: [
    "Su nombre y sus direcciones están cifrados con una clave solo suya. Destruir la clave le borra.",
    "Nada que le nombre figura en direcciones de páginas, registros ni en la cola de mensajes.",
    "Todo lo que el personal hace con sus datos queda anotado.",
  ],
  rightsTitle: "Sus derechos",
  clock:
    "Recibe respuesta en el plazo de su ley: un mes en la UE y el Reino Unido, 45 días en EE. UU., 30 días en Canadá, 15 días en Brasil.",
  complain: "También puede reclamar ante la autoridad de protección de datos de donde vive.",
  kinds: {
    objection: {
      title: "No quiero más publicidad",
      text: "Usted se opone. Vale de inmediato, para mensajes y llamadas, y sin motivo.",
      before: "",
      button: "",
    },
    withdrawal: {
      title: "Retirar lo que acepté",
      text: "Su consentimiento termina de inmediato. Lo enviado antes sigue siendo lícito.",
      before: "",
      button: "",
    },
    access: {
      title: "Mostrarme todo lo que tienen sobre mí",
      text: "Lo recibe para leer y como archivo que otros programas entienden.",
      before: "El botón muestra todo lo que se guarda sobre usted. Ábralo donde nadie mire.",
      button: "Ver mis datos",
    },
    rectification: {
      title: "Corregir mis datos",
      text: "Usted mismo cambia su nombre y dice qué más está mal.",
      before: "Rellene lo que debe cambiar y deje el resto vacío.",
      button: "Corregir mis datos",
    },
    erasure: {
      title: "Borrarme",
      text: "Sus datos se destruyen. Queda una marca cifrada para que nadie le ponga otra vez en una lista.",
      before:
        "El botón destruye su nombre, direcciones, números y todo lo ligado a ellos. No se puede deshacer. Queda una marca cifrada de sus direcciones para que ninguna lista le devuelva; solo usted puede, inscribiéndose de nuevo.",
      button: "Borrarme para siempre",
    },
    restriction: {
      title: "Guardar mis datos sin usarlos",
      text: "No se le envía nada y sus datos solo se conservan.",
      before: "El botón detiene todo uso de sus datos. Quedan guardados hasta que usted diga otra cosa.",
      button: "Dejar de usar mis datos",
    },
  },
  formTitle: "Usar sus derechos",
  formWish: "¿Qué quiere?",
  formValue: "Su dirección de correo o, para pararlo todo, su número de teléfono",
  formValueHint: "Con el prefijo del país, como +34…",
  formDetails: "Algo que debamos saber (no es necesario)",
  formAgent: "Actúo por otra persona",
  formAgentHint: "Su nombre y el permiso que tiene. El enlace va igualmente a la dirección de la persona.",
  formSend: "Enviar",
  formLeaveEmpty: "Déjelo vacío",
  stoppedTitle: "Está parado",
  stopped:
    "Desde este momento no se envía nada más a esta dirección o número, ni a otros suyos que conozcamos. Lo que ya estaba en camino puede llegar todavía.",
  mailedTitle: "Mire su buzón",
  mailed:
    "Si conocemos esta dirección, un mensaje con un enlace está en camino. No pasa nada hasta que pulse el botón. Como mucho se envía uno al día.",
  problemTitle: "No ha funcionado",
  addressInvalid: "No es una dirección de correo ni un número de teléfono.",
  needsEmail:
    "Para esto necesitamos su correo: la prueba es un enlace enviado allí. Para parar llamadas basta el número.",
  tooMany: "Han llegado demasiadas peticiones desde aquí. Inténtelo dentro de una hora.",
  back: "Volver",
  fullName: "Su nombre completo",
  givenName: "Su nombre de pila",
  other: "¿Qué más está mal? Alguien lo mirará.",
  reportTitle: "Todo lo que se guarda sobre usted",
  reportDownload: "Descargar como archivo (JSON)",
  erased: "Está borrado. No queda nada que le nombre.",
  restricted: "Sus datos desde ahora solo se conservan. No se le envía nada.",
  corrected: "Está corregido.",
  waits: "Alguien mirará lo demás que escribió. Recibirá un mensaje con la respuesta.",
  answerTitle: "La respuesta",
  done: "Esta petición se ha cumplido. Aquí no queda nada por hacer.",
  invalidTitle: "Este enlace no funciona",
  invalid:
    "Quizá es demasiado antiguo o se cortó en el camino. No se cambió nada. Puede hacer la petición de nuevo.",
  optOutRecorded:
    "Su navegador pide no vender ni compartir sus datos (Global Privacy Control). Queda anotado para usted.",
  yes: "Sí",
  no: "No",
};
