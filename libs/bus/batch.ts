/** Statements gain nothing above 200–500 rows (measured), and a longer batch makes a longer wait for whoever comes next. */
export const batchLimit = 500;
