### Консоль построчно.

plain-greeting = alamor построчно, ядро { $url }. Напишите help: покажет, что есть.
plain-core-unknown = О ядре пока ничего не известно.
plain-not-heard-since = Ядра не слышно. Дальше данные на { $at }.
plain-core-well = Ядро { $url } в порядке.
plain-core-not-quite = Ядро { $url } не совсем в порядке.
plain-core-in-trouble = У ядра { $url } проблемы.
plain-core-unlooked = Ядро { $url } ещё не проверено.
plain-fresh = свежих { $count }
plain-partial = частично { $count }
plain-kept = старых { $count }
plain-failed = сбоев { $count }
plain-never = не пробовали { $count }
plain-off-there = отключены на своей панели { $count }
plain-no-panels = Панелей нет.
plain-serve-older = { $n ->
    [one] { $count } из них отдаёт старые ссылки
    [few] { $count } из них отдают старые ссылки
    [many] { $count } из них отдают старые ссылки
   *[other] { $count } из них отдают старые ссылки
}
plain-more-purchases = И ещё { $count }: их найдёт фильтр.
plain-no-match = Подходящих покупок нет.
plain-on-panels = на { $panels }
plain-and = { " " }и{ " " }
plain-links-kept = { $links }, из них старых { $count }
plain-ends = до { $at }
plain-never-ends = без срока
plain-purchase = Покупка { $id }
plain-progress = Обновление #{ $job }: { $share }, готово { $done } из { $total }, { $failures }.
plain-cause = { $n ->
    [one] { $count } раз: { $why }.
    [few] { $count } раза: { $why }.
    [many] { $count } раз: { $why }.
   *[other] { $count } раза: { $why }.
}
plain-counts = успешно { $success } из { $total }, { $failures }
plain-done = Обновление #{ $job } закончено за { $time }: { $counts }.
plain-cancelled = Обновление #{ $job } отменено через { $time }: { $counts }.
plain-stopped = Обновление #{ $job } остановлено защитой через { $time }: { $counts }.
plain-broke-off = Обновление #{ $job } прервалось через { $time }: { $counts }.
plain-dry = Это был пробный запуск: ничего не записано.
plain-connection-errors = { $n ->
    [one] { $count } ошибка соединения
    [few] { $count } ошибки соединения
    [many] { $count } ошибок соединения
   *[other] { $count } ошибки соединения
}
plain-failures = неудачно { $failed }, { $errors }
plain-help-status = коротко о ядре и покупках
plain-help-update = обновит ссылки всех активных покупок; сначала спросит
plain-help-retry = повторит то, что не удалось; сначала спросит
plain-help-cancel = отменит идущее обновление; сначала спросит
plain-help-purchases = первые двадцать, например: purchases state:kept panel:fr-2
plain-help-panels = все панели
plain-help-logs = журнал ядра, пока не напишете другую строку
plain-help-yes = ответ на вопрос; dry начнёт обновление без записи
plain-help-again = ещё раз вопрос или ход обновления
plain-help-help = эти строки
plain-help-quit = выход; в отдельном ядре обновление продолжится
plain-lost = Ядра не слышно: { $why }. Пробуем снова.
plain-connected = На связи { $url }: { $purchases }, { $panels }.
plain-connected-only = На связи { $url }.
plain-panel-back = { $panel } снова на связи.
plain-panel-down = { $panel } не работает, { $what }.
plain-left-out = { $n ->
    [one] Пропущена { $count } более старая.
    [few] Пропущены { $count } более старые.
    [many] Пропущено { $count } более старых.
   *[other] Пропущено { $count } более старых.
}
plain-write-yes-no-dry = Напишите yes, no, или dry для пробного запуска без записи.
plain-write-yes-no = Напишите yes или no.
plain-withdrawn = Вопрос снят.
plain-no-question = Вопроса нет.
plain-no-such-line = { $line }: такой строки в help нет; ничего не сделано.

plain-help-check = проверяет путь клиентов, строка за ступенью
plain-ladder-ends = Не работает { $rung }: что ниже, не проверялось.

plain-ladder-climbed = Проверены все ступени за { $time }: ничего не сломано.
