/**
 * How PostgreSQL is started, so that neither its log nor files for reuse keep what people wrote: of a refused row it would log every value. The
 * servers in `deploy` have the same, which `scripts/check-deploy.ts` holds.
 */
export const quietSettings = ['log_min_error_statement=panic', 'log_error_verbosity=terse', 'wal_recycle=off']
