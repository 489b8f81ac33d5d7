/** How the gateway treats a card. This, never the number, is what its rules go by. */
export type CardBehaviour = 'pays' | 'card_declined' | 'insufficient_funds' | 'incorrect_number' | 'fails_first' | 'capture_declined';

/** The test cards of http-api.md. Any other valid number pays. */
const testCards: Readonly<Record<string, CardBehaviour>> = {
  '4000000000000002': 'card_declined',
  '4000000000009995': 'insufficient_funds',
  '4000000000000119': 'fails_first',
  '4000000000000341': 'capture_declined',
};

export const behaviourOf = (number: string): CardBehaviour => testCards[number] ?? (isCardNumber(number) ? 'pays' : 'incorrect_number');

/** 12–19 digits whose Luhn sum is right (ISO/IEC 7812-1). */
function isCardNumber(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false;
  let sum = 0;
  for (let i = 0; i < number.length; i++) {
    const digit = number.charCodeAt(number.length - 1 - i) - 48;
    const weighed = i % 2 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
