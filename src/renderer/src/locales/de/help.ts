import type { helpWords } from '../en/help';
import type { Translation } from '../translated';

export const help: Translation<typeof helpWords> = {
  title: (page) => `Hilfe: ${page}`,
  marks: 'Bedeutung der Zeichen',
  keys: 'Tasten',
  allKeys: 'Alle Tasten',
  troubles: 'Wenn etwas nicht stimmt',
  more: 'Gesamte Hilfe',
  sentence: 'Was die Seiten beantworten und was die Codes bedeuten',
  lead: 'All das ist auch ohne Netzwerk da. F1 zeigt die Hilfe der aktuellen Seite.',
  filter: 'Hilfe durchsuchen',
  nothing: (filter) => `Nichts in der Hilfe enthält „${filter}“`,
  clear: 'Suche leeren',
  pagesTitle: 'Seiten',
  filesTabs: {
    git: {
      name: 'Git',
      question: 'Wie steht das Repository?',
      text: ['Der aktuelle Branch, was nicht übernommen ist, und wie weit er vom Remote entfernt ist. Berth ruft Ihr eigenes git auf und startet nie ein Programm, das das Repository nennt: Hooks laufen nicht.', 'Abgleichen ruft ab, vergleicht, übernimmt oder führt zusammen und sendet. Wo beide Seiten dieselben Zeilen geändert haben, wird nichts angetastet: beide Fassungen werden gezeigt, und Sie entscheiden je Datei.'],
      marks: [['good', 'alles übernommen und auf gleichem Stand'], ['warn', 'nicht übernommen oder hinter dem Remote'], ['bad', 'Dateien im Konflikt']],
    },
    duplicates: {
      name: 'Duplikate',
      question: 'Was sagen die Dateien doppelt oder auf zweierlei Weise?',
      text: [
        'Eine Suche liest alle Manifeste und Compose-Dateien unter dem Ordner und ändert nichts. Dateien, die dasselbe oder Verschiedenes über ein Objekt sagen, bilden eine Gruppe. Patches, Overlays und Dateien anderer Umgebungen werden genannt, aber nie angetastet.',
        'Der Rang sagt, welche Datei am höchsten steht: nach Ordner, dann Name, dann dem, was sie über sich sagt. Wo zwei gleich stehen oder der Unterschied schaden könnte, entscheiden Sie.',
        'Vergleichen zeigt zwei Dateien nach ihrem Text oder nach ihrer Bedeutung: ohne Reihenfolge, Kommentare und Schreibweise.',
      ],
      marks: [['good', 'Regeln entscheiden, oder Sie haben entschieden'], ['warn', 'Sie sagen, welche bleibt']],
    },
    templates: {
      name: 'Vorlagen',
      question: 'Was entsteht woraus?',
      text: ['Dateien im Vorlagenordner mit {{ }} werden aus dem, was läuft, und aus Wertedateien gefüllt, in der Sprache von Jinja2. Eine Vorschau schreibt nichts; erzeugt wird nur, was noch nicht gleich ist, und es lässt sich zurücknehmen.', 'Was nicht definiert ist, ist ein Fehler mit Datei und Zeile. Vorlagen erreichen nichts außerhalb ihres Ordners.'],
      marks: [['good', 'es gibt Vorlagen'], ['warn', 'eine Datei wurde ausgelassen']],
    },
  },
  symptoms: 'Nach Symptom',
  look: 'Nachsehen:',
  then: 'Dann:',
  findings: 'Befunde',
  errors: 'Fehler',
  open: (page) => `Gehe zu ${page}`,
  pages: {
    home: {
      question: 'Ist alles in Ordnung, in allen Projekten zugleich?',
      text: ['Der Satz oben sagt, wie viele Projekte laufen und ob etwas zu prüfen ist. Was zu prüfen ist, steht darunter, jeweils mit dem Weg zur Behebung.', 'Mehrere Projekte sind nebeneinander offen. Schließen nimmt ein Projekt nur aus der Liste: Was läuft, läuft weiter.'],
      marks: [['good', 'läuft, alle Prüfungen bestanden'], ['warn', 'läuft, mit etwas zu prüfen'], ['bad', 'etwas ist fehlgeschlagen'], ['off', 'gestoppt']],
      codes: ['project-', 'engine-', 'ENGINE_'],
    },
    project: {
      question: 'Was läuft, in welchem Modus, und ist es gesund?',
      text: [
        'Der Schalter im Kopf zeigt den jetzigen und den nächsten Modus. Ein Klick wirkt sofort, wenn nichts verloren geht und nichts im Weg steht; der Plan steht neben dem Fortschritt. Sonst öffnet sich zuerst der Plan, mit einer Behebung für jeden Befund.',
        'Ein Wechsel legt die neuen Container neben den alten an, stellt um, wartet, bis sie gesund sind, und kehrt von selbst zurück, wenn sie es nicht werden. Benannte Volumes bleiben.',
        'Eine Zeile öffnet den Dienst: Ports, Einbindungen, Umgebung samt Herkunft jedes Werts, Logs und eine Shell.',
      ],
      marks: [['good', 'läuft und ist gesund, wo das geprüft wird'], ['busy', 'startet oder wird geändert'], ['warn', 'angehalten, oder nur ein Teil läuft'], ['bad', 'fehlgeschlagen oder krank'], ['off', 'gestoppt'], ['none', 'kein Container vorhanden']],
      codes: ['switch-', 'build-', 'pull-', 'start-', 'unhealthy', 'plan-', 'mode-', 'service-not-found', 'trust-', 'port-'],
    },
    conflicts: {
      question: 'Was steht im Weg, jetzt oder demnächst?',
      text: ['Jeder Modus wird geprüft, auch einer, der nicht läuft: Ports, Ordner, Builds, Abhängigkeiten, Namen, Variablen. Ein Fehler verhindert einen Wechsel, eine Warnung nicht.', 'Eine Behebung zeigt vorab, welche Zeilen welcher Datei sie ändert, und lässt sich danach rückgängig machen.'],
      marks: [['bad', 'Fehler: verhindert einen Wechsel'], ['warn', 'Warnung: stört früher oder später'], ['off', 'gut zu wissen'], ['good', 'geprüft, ohne Befund']],
      codes: ['BIND_', 'FILE_', 'PORT_', 'BUILD_', 'DOCKERFILE_', 'DEPENDENCY_', 'HEALTHCHECK_', 'PROJECT_', 'CONTAINER_', 'NETWORK_', 'SUBNET_', 'VOLUME_', 'EXTERNAL_', 'UNDEFINED_', 'UNKNOWN_', 'UNSUPPORTED_', 'INVALID_', 'REFUSED_', 'ENV_', 'DATA_', 'SERVICE_', 'RESOURCE_CLAMPED', 'fix-'],
    },
    storage: {
      question: 'Ist es eingebunden und synchron?',
      text: ['Buckets eines S3-Servers werden als Ordner eingebunden oder von Sync-Jobs kopiert. Der Server kann einer dieses Rechners sein, den Berth startet, oder ein eigener.', 'Konflikte entstehen, wenn zwei an denselben Ort schreiben. Zu jedem gibt es Wege, sie zu trennen.'],
      marks: [['good', 'eingebunden und antwortet, oder synchron'], ['busy', 'startet oder kopiert'], ['warn', 'im Rückstand oder langsam'], ['bad', 'antwortet nicht'], ['off', 'ausgeschaltet']],
      codes: ['BUCKET_', 'SYNC_', 'CONFIG_', 'MOUNT_', 'RESOURCE_', 'SCHEDULE_', 'WRITTEN_', 'storage-', 'service-unreachable'],
    },
    workspaces: {
      question: 'Ist das Gespeicherte schon dort, wo es läuft?',
      text: ['Ein Workspace sendet einen Quellordner bei jedem Speichern an einen Bucket, und ein Container holt ihn von dort. Dateien, die Git oder Docker ignorieren, bleiben hier.', 'Auch Löschungen werden gesendet, aber nie viele auf einmal ohne Rückfrage.'],
      marks: [['good', 'alles gesendet'], ['busy', 'sendet'], ['warn', 'beidseitig geändert, oder wartet auf eine Entscheidung'], ['bad', 'nicht sendbar'], ['off', 'angehalten']],
      codes: ['storage-', 'WRITTEN_'],
    },
    snapshots: {
      question: 'Wie weit geht es zurück?',
      text: ['Ein Snapshot bewahrt die Dateien eines Projekts, seine Einstellungen, Container und Images und auf Wunsch seine Volumes. Vor jeder Änderung, bei der etwas verloren gehen könnte, entsteht von selbst einer.', 'Eine Wiederherstellung zeigt Teil für Teil, was sie zurückholt; alles ist geprüft, bevor etwas ersetzt wird, und was sie ersetzt, bleibt aufgehoben. Geheimnisse sind darin verschlüsselt und verlassen diesen Rechner nur auf ausdrücklichen Wunsch.'],
      marks: [['good', 'alle Dienste waren dabei in Ordnung'], ['warn', 'nicht alle waren es'], ['off', 'keiner lief'], ['bad', 'eine Prüfung fand ihn beschädigt']],
      codes: ['SNAPSHOT_', 'damaged', 'locked', 'passphrase-', 'repository-'],
    },
    files: {
      question: 'Was steht in den Dateien des Projekts?',
      text: ['Compose- und Env-Dateien mit den Befunden zu ihren Zeilen. Eine Änderung wird vor dem Speichern als Unterschied gezeigt und lässt sich rückgängig machen.', 'In Env-Dateien steht die stärkste Stelle eines Werts zuerst; was sie verdeckt, steht darunter.'],
      marks: [['bad', 'ein Fehler in dieser Zeile'], ['warn', 'eine Warnung in dieser Zeile']],
      codes: ['compose-', 'file-', 'INVALID_', 'UNKNOWN_', 'ENV_', 'MANIFEST_', 'git-', 'not-a-repository', 'template-'],
    },
    activity: {
      question: 'Was hat Berth getan, und was tut es jetzt?',
      text: ['Vorgänge mit Schritten und Logs, Ereignisse der Engine, Zeitpläne, die Arbeit im Hintergrund, der Plattenplatz. Was läuft, lässt sich bis zum Festschreiben abbrechen; danach lässt es sich rückgängig machen, wo „Rückgängig“ steht.'],
      marks: [['busy', 'läuft'], ['good', 'gelungen'], ['warn', 'wird zurückgenommen'], ['bad', 'fehlgeschlagen oder braucht Eingriff'], ['off', 'abgebrochen oder wartet']],
      codes: ['cancelled', 'interrupted', 'needs-attention', 'busy', 'state-', 'operation-', 'consent-', 'not-found', 'blocked', 'internal'],
    },
    settings: {
      question: 'Wie sieht Berth aus, und womit arbeitet es?',
      text: ['Eine geänderte Einstellung gilt sofort, im Fenster und auf der Kommandozeile; der Pfeil daneben nimmt sie zurück. Zurücksetzen zeigt vorab, was sich ändert.', 'Der Tab „Dieser Rechner“ sagt, was Berth hier braucht, und behebt, was sich beheben lässt. Das Diagnosepaket ist für Fehlerberichte: Sein Inhalt wird vor dem Schreiben aufgelistet und enthält keine Geheimnisse.'],
      marks: [['good', 'in Ordnung'], ['warn', 'funktioniert, mit einem Hinweis'], ['bad', 'stimmt nicht']],
      codes: ['engine-', 'setup-', 'policy-', 'disk-', 'not-supported', 'input-'],
    },
  },
};
