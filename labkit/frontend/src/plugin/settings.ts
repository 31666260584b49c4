// The settings of labkit (schema/plugin.json), for all plugins.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { ITranslator } from "@jupyterlab/translation";
import { setLocale } from "../core/words";
import { onPreferences, preferences, setPreferences } from "./preferences";

const ID = "labkit:plugin"; // the name of the package and of the schema

export const settings: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Reads labkit's settings.",
  autoStart: true,
  optional: [ISettingRegistry, ITranslator],
  async activate({ commands }, registry: ISettingRegistry | null, translator: ITranslator | null) {
    onPreferences(() => {
      useMotion();
      void useLanguage(translator).then(() => commands.notifyCommandChanged());
    });
    const loaded = await registry?.load(ID).catch(() => undefined); // without the schema, the defaults hold
    const read = (): void => setPreferences(loaded?.composite ?? {});
    loaded?.changed.connect(read);
    read();
  },
};

/** The style sheets of the views read these variables, which reach into their shadow roots. */
function useMotion(): void {
  for (const name of ["--labkit-animation", "--labkit-transition"])
    if (preferences.motion === "reduced") document.body.style.setProperty(name, "none");
    else document.body.style.removeProperty(name);
}

/** Gives views and commands their language; "auto" is that of JupyterLab. */
async function useLanguage(translator: ITranslator | null): Promise<void> {
  const { language } = preferences;
  const code = language === "auto" ? (translator?.languageCode ?? "en") : language;
  setLocale(code.startsWith("de") ? (await import("../../locales/de.json")).default : undefined);
}
