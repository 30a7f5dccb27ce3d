### Update: a job, its panels, causes and items.

no-update-yet = Обновлений ещё не было
update-offer = u обновит ссылки всех активных покупок; сначала спросит
job-by = от { $by }
count-success = Успешно { $count }
count-failed = Неудачно { $count }
count-connection = Связь { $count }
count-connection-error = Ошибка соединения { $count }
count-total = Всего { $count }
kind-all = Обновление всех
kind-dry-all = Пробный запуск для всех
kind-some = Обновление
kind-dry = Пробный запуск
kind-retry = Повтор #{ $job }
kind-dry-retry = Пробный повтор #{ $job }
kind-forced = { $kind }, принудительно,
about-left = { $elapsed }, осталось около { $left }
done-in = { $count } за { $time }
done-in-with-floor = { $count } за { $time } (предел { $floor })
held = { $n ->
    [one] { $count } покупка придержана: потеряли бы больше половины ссылок
    [few] { $count } покупки придержаны: потеряли бы больше половины ссылок
    [many] { $count } покупок придержано: потеряли бы больше половины ссылок
   *[other] { $count } покупки придержаны: потеряли бы больше половины ссылок
}
force-offer = F обновит всё равно
by-panel = По панелям
by-cause = По причинам
more-lines = и ещё { $count } строк: панели покажет 4
left-out = исключена
breaker-open-next = защита открыта, попытка через { $time }
job-breaker-open = защита открыта
job-breaker-half-open = защита полуоткрыта
nothing-wrong = пока всё хорошо
items = Покупки
items-failed-only = только неудачные
items-newest-first = сначала новые
none-failed = неудач нет
none-ended = ещё ни одна не закончена
fresh-and-kept = { $fresh } свежих, { $kept } старых
only-kept = { $count } старых
items-on-slow-line = на медленной линии они появятся, когда обновление закончится
