import type { Project } from '../consumer';

export const nestjs: Project[] = [
  {
    name: 'NestJS',
    packages: {
      '@nestjs/testing': '^11',
      '@nestjs/core': '^11',
      '@nestjs/common': '^11',
      '@nestjs/sequelize': '^11',
      'sequelize-typescript': '^2',
      'reflect-metadata': '^0.2',
      rxjs: '^7',
      jest: '^30',
      'ts-jest': '^29',
      typescript: '^5',
      '@types/jest': '^30',
      '@types/node': '^20',
      sequelize: '^6',
      mysql2: '^3',
    },
    files: {
      // As `nest new` writes them, as far as they matter here.
      'jest.config.js': `module.exports = {
        rootDir: 'src',
        testRegex: '.*\\\\.spec\\\\.ts$',
        transform: { '^.+\\\\.(t|j)s$': 'ts-jest' },
        testEnvironment: 'node',
      };`,
      'tsconfig.json': {
        compilerOptions: {
          module: 'nodenext',
          target: 'es2023',
          types: ['node', 'jest'],
          emitDecoratorMetadata: true,
          experimentalDecorators: true,
          isolatedModules: true,
          strictNullChecks: true,
          skipLibCheck: true,
        },
      },
      'src/visit.model.ts': `import { Column, Model, Table } from 'sequelize-typescript';
        @Table({ timestamps: false })
        export class Visit extends Model<Visit, { visitor: string }> {
          @Column
          declare visitor: string;
        }`,
      'src/app.module.ts': `import { Module } from '@nestjs/common';
        import { SequelizeModule } from '@nestjs/sequelize';
        import { withIamAuth } from 'sequelize-rds-iam';
        import { Visit } from './visit.model';
        @Module({
          imports: [
            SequelizeModule.forRootAsync({
              useFactory: () => ({
                ...withIamAuth({
                  dialect: 'mysql',
                  host: process.env.DB_HOST,
                  port: Number(process.env.DB_PORT),
                  username: process.env.DB_USER,
                  database: process.env.DB_NAME,
                  dialectOptions: { ssl: { ca: process.env.DB_CA } },
                  logging: false,
                  iamAuth: true,
                }),
                autoLoadModels: true,
                synchronize: false,
              }),
            }),
            SequelizeModule.forFeature([Visit]),
          ],
        })
        export class AppModule {}`,
      'src/visit.spec.ts': `import { getModelToken } from '@nestjs/sequelize';
        import { Test } from '@nestjs/testing';
        import { AppModule } from './app.module';
        import { Visit } from './visit.model';
        it('visits', async () => {
          const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
          const visits = app.get<typeof Visit>(getModelToken(Visit));
          const visitor = process.env.VISITOR ?? '';
          await visits.create({ visitor });
          expect(await visits.count({ where: { visitor } })).toBe(1);
          await app.close();
        });`,
    },
    applications: [{ name: 'a testing module under Jest', run: ['jest'] }],
  },
];
