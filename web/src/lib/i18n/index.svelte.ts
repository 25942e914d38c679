import { readSetting, writeSetting } from '$lib/state/settings';
import { fill, type Params } from './format';
import { messages, type MessageKey } from './messages';

export type { MessageKey } from './messages';
export type Language = 'en' | 'zh';

export const LANGUAGES: readonly { id: Language; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'zh', name: '中文' },
];

function initialLanguage(): Language {
  const kept = readSetting<string>('language', '');
  if (kept === 'en' || kept === 'zh') return kept;
  return typeof navigator !== 'undefined' && navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

class LanguageState {
  #current = $state<Language>(initialLanguage());

  get current(): Language {
    return this.#current;
  }

  set(language: Language): void {
    this.#current = language;
    writeSetting('language', language);
  }
}

export const language = new LanguageState();

/** The message in the present language; reactive. */
export function t(key: MessageKey, params: Params = {}): string {
  const pair = messages[key];
  return fill(language.current === 'zh' ? pair[1] : pair[0], params);
}
