from django.db import models

from articles.managers import ArticleManager


class Section(models.Model):
    name = models.CharField(max_length=50)


class Article(models.Model):
    section = models.ForeignKey(Section, on_delete=models.CASCADE)
    title = models.CharField(max_length=100)
    slug = models.CharField(max_length=100, default="")
    draft = models.BooleanField(default=True)
    views = models.IntegerField(default=0)

    objects = ArticleManager()

    class Meta:
        order_with_respect_to = "section"
        verbose_name = "piece"
        indexes = [
            models.Index(fields=["title"], name="article_draft_title", condition=models.Q(draft=True)),
        ]
