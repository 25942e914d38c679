import { readSetting, writeSetting } from './settings';

export type ThemeChoice = 'system' | 'light' | 'dark';

class ThemeState {
  #choice = $state<ThemeChoice>(readSetting<ThemeChoice>('theme', 'system'));
  #systemDark = $state(false);

  constructor() {
    if (typeof window === 'undefined') return;
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = query.matches;
    query.addEventListener('change', (event) => (this.#systemDark = event.matches));
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set choice(choice: ThemeChoice) {
    this.#choice = choice;
    writeSetting('theme', choice);
  }

  get dark(): boolean {
    return this.#choice === 'dark' || (this.#choice === 'system' && this.#systemDark);
  }
}

export const theme = new ThemeState();
