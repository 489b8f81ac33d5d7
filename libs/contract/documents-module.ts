import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DocumentsController } from './documents-controller.js';

/** Imported by each role that has routes for clients; it is one, however many of them share a process. */
@Module({ imports: [DiscoveryModule], controllers: [DocumentsController] })
export class DocumentsModule {}
