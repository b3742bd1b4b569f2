import { Module } from '@nestjs/common';
import { SequelizeModule } from '@nestjs/sequelize';
import { withIamAuth } from 'sequelize-rds-iam';
import { PeopleService } from './people.service';
import { Person } from './person.model';

@Module({
  imports: [
    SequelizeModule.forRootAsync({
      useFactory: () => ({
        ...withIamAuth({
          dialect: 'mysql',
          host: process.env.DB_HOST, // mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com
          port: Number(process.env.DB_PORT ?? 3306),
          username: process.env.DB_USER, // the database user that the IAM policy names
          database: process.env.DB_NAME,
          logging: false,
          iamAuth: true,
        }),
        autoLoadModels: true,
      }),
    }),
    SequelizeModule.forFeature([Person]),
  ],
  providers: [PeopleService],
})
export class AppModule {}
