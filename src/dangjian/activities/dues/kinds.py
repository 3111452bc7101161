"""Who pays how: the kinds of payers of articles 1 to 6 of the 2008 regulation."""

from django.db import models

from dangjian.org.models import Kind

PAYING = (Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)
"""Levels that dues are counted for; a group pays to its branch."""


class PayerKind(models.TextChoices):
    """What a member's dues are worked out from."""

    SALARIED = "salaried", "在职（工资制）"
    ANNUAL_SALARY = "annual_salary", "在职（年薪制）"
    SELF_EMPLOYED = "self_employed", "个体经营、自由职业"
    RETIRED = "retired", "离退休"
    FARMER = "farmer", "农民"
    STUDENT = "student", "学生"
    UNEMPLOYED = "unemployed", "下岗失业"
    RELIEF = "relief", "领取抚恤救济、低保"
