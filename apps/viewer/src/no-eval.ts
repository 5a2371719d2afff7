/**
 * The page's policy forbids code from text, which zod tries unless it is told not to, and the browser would report
 * the try. Imported before any module that declares a schema.
 */
import { config } from 'zod';

config({ jitless: true });
