from django.db import models


class ArticleManager(models.Manager):
    use_in_migrations = True

    def published(self):
        return self.filter(draft=False)
