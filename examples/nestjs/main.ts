// A NestJS application context that logs in with IAM; app.close() closes the connections and the process ends.
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import { PeopleService } from './people.service';

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error', 'warn'],
  });
  const people = app.get(PeopleService);
  await people.add('Ada');
  console.log(`People: ${(await people.names()).join(', ')}`);
  await app.close();
}

void main();
