import { Controller, Get, Header, Param } from '@nestjs/common';
import { problem, problems, type Slug } from './problem.js';

/** What a problem's `type` leads to. The status service has it. */
@Controller('problems')
export class ProblemsController {
  @Get(':slug')
  @Header('content-type', 'text/plain; charset=utf-8')
  read(@Param('slug') slug: string): string {
    if (!Object.hasOwn(problems, slug)) throw problem('not-found');
    const [status, title, sentence] = problems[slug as Slug];
    return `${title} (${status})\n\n${sentence}\n`;
  }
}
