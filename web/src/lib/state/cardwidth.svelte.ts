// The width a person wants cards to have, remembered by the browser and shared by all dashboards.
import { readSetting, writeSetting } from './settings';

export const CARD_WIDTH_MIN = 200;
export const CARD_WIDTH_MAX = 735;
export const CARD_WIDTH_DEFAULT = 300;

function kept(): number {
  const px = Number(readSetting<unknown>('cardWidth', CARD_WIDTH_DEFAULT));
  return px >= CARD_WIDTH_MIN && px <= CARD_WIDTH_MAX ? px : CARD_WIDTH_DEFAULT;
}

class CardWidthState {
  #px = $state(kept());

  /** Least width of a card in CSS pixels; cards grow from there to fill their row. */
  get px(): number {
    return this.#px;
  }
  set px(px: number) {
    this.#px = px;
    writeSetting('cardWidth', px);
  }
}

export const cardWidth = new CardWidthState();
