export { untilCoordinated } from '#tools/kafka';
