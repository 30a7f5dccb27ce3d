### Задания: последние, одно из них, что изменилось, что изменилось бы.

screen-jobs = История
screen-job = Задание
screen-compare = Сравнение
screen-item = Проба
jobs-kept = { $n ->
    [one] последнее { $count }
    [few] последние { $count }
    [many] последние { $count }
   *[other] последние { $count }
}
jobs-not-read = история не прочитана: { $why }
kind-of = { $kind }, { $purchases }
column-when = КОГДА
column-by = КТО
column-from = ОТКУДА
column-what = ЧТО
column-success = УСП.
column-failed = НЕУД.
column-connection = СВЯЗЬ
column-total = ВСЕГО
column-took = ВРЕМЯ
column-floor = ПРЕДЕЛ
job-reading = читаем задание
unchanged-not-kept = без изменений: только число
all-unchanged = хранятся только числа: ничего не изменилось
items-no-match = под фильтр ничего не подходит
compare-title = #{ $job } рядом с #{ $with }
compare-reading = сравниваем с прошлым таким же
newly-failing = { $n ->
    [one] { $count } новая неудача
    [few] { $count } новые неудачи
    [many] { $count } новых неудач
   *[other] { $count } новой неудачи
}
recovered = { $n ->
    [one] { $count } исправилась
    [few] { $count } исправились
    [many] { $count } исправилось
   *[other] { $count } исправились
}
still-failing = { $n ->
    [one] { $count } неудача в обоих
    [few] { $count } неудачи в обоих
    [many] { $count } неудач в обоих
   *[other] { $count } неудачи в обоих
}
compare-unknown = { $n ->
    [one] { $count } есть лишь в одном
    [few] { $count } есть лишь в одном
    [many] { $count } есть лишь в одном
   *[other] { $count } есть лишь в одном
}
fails-now = неудача
recovered-now = исправлено
compare-nothing = новых неудач нет, и никто не исправился
compare-more = { $n ->
    [one] и ещё { $count }
    [few] и ещё { $count }
    [many] и ещё { $count }
   *[other] и ещё { $count }
}
in-dry-run = в пробном запуске #{ $job }
label-why = почему
no-preview = о ссылках пока неизвестно: читаем
preview-links = Ссылки
preview-nothing = все останутся как есть
preview-forgotten = какие именно, хранится только для последнего пробного запуска
preview-more-links = { $n ->
    [one] и ещё { $count } ссылка
    [few] и ещё { $count } ссылки
    [many] и ещё { $count } ссылок
   *[other] и ещё { $count } ссылки
}
change-removed = исчезнет
change-replaced = заменится
change-renamed = имя
change-added = появится
change-kept = останется
ask-dry = Пробный запуск: { $question }
dry-run-shows = ничего не запишется: покажет, что изменилось бы
beside-success = успешно
beside-failed = неудачно
beside-connection = ошибка соединения
beside-total = всего
beside-time = время
beside-floor = предел
beside-state = состояние
beside-started = начато
beside-by = кем
