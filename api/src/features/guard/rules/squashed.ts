/** The override and extraction families for letters that were set apart one by one: no spaces are left to find words by. */
export const squashedRules: { name: string; family: 'override' | 'extraction'; weight: number; pattern: RegExp }[] = [
  {
    name: 'squashed-override',
    family: 'override',
    weight: 3,
    pattern:
      /(?:ignore|disregard|forget|override)(?:all|any|the|your|my|of|everything|these|those){0,4}(?:previous|prior|above|earlier|preceding|system|instruction|rules|prompt|before|yousaid|youknow)/g,
  },
  {
    name: 'squashed-extraction',
    family: 'extraction',
    weight: 2.4,
    pattern:
      /(?:reveal|show|print|repeat|tell|output|give)(?:me|us|the|your|all|of|full|entire){0,4}(?:systemprompt|system(?:message|instructions)|initialprompt|instructions|password|secret)/g,
  },
  { name: 'squashed-say', family: 'override', weight: 1.2, pattern: /say(?:that)?you(?:hate|love|are|will)|doanythingnow|developermode|jailbreak/g },
]
