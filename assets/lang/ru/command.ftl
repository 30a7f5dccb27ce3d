### What commands print.

results-title = 🔄 Обновление ссылок Subscription
results-heading = 📊 Результаты:
results-success = ✅ Успешно
results-failed = ❌ Неудачно
results-connection = 📡 Ошибка соединения
results-total = 📈 Всего
results-line = • { $label }: { $links }
closing-server-down-1 = ⚠️ Проблема: webhook server недоступен.
closing-server-down-2 = Пожалуйста, убедитесь, что webhook server запущен.
closing-dry-run = 🔍 Пробный запуск: ничего не записано.
closing-success = 🎉 Некоторые ссылки успешно обновлены.
closing-unreached = ⚠️ Нет связи с панелями: { $panels }.
closing-see-log = ⚠️ Ссылки не обновлены. Причины в журнале: journalctl -u alamorwebhook
preview-panel = обновлено { $updated }, без изменений { $unchanged }, старых { $kept }, сбоев { $failed }
job-took = задание { $job }: { $time }
job-floor = (предел { $time })
job-dry = , пробный запуск: ничего не записано
status-database = база
status-purchases = покупки
status-counts = активных { $active }: свежих { $fresh }, частично { $partial }, старых { $kept }, сбоев { $failed }, не пробовали { $never }
status-off-there = { $count } отключены на своей панели
status-do = что делать: { $what }
connection-lost = связь потеряна: { $why }
cli-added-panel = панель { $name }: добавлена
cli-added-purchase = покупка { $id }: добавлена; её id подписки
cli-ask-password = Пароль { $user } (виден при вводе):{ " " }
cli-ask-embedded = Запустить ядро внутри этой консоли? Оно закончится с ней. [Y/n, t: почему нет]{ " " }
cli-written = { $file }: записан, с новыми ключами
cli-exists = { $file }: уже есть и остаётся как есть
cli-created = { $file }: создан
cli-exported = { $n ->
    [one] { $file }: записан, { $count } строка
    [few] { $file }: записан, { $count } строки
    [many] { $file }: записан, { $count } строк
   *[other] { $file }: записан, { $count } строки
}
cli-imported = { $n ->
    [one] { $file }: прочитан, { $count } строка
    [few] { $file }: прочитан, { $count } строки
    [many] { $file }: прочитан, { $count } строк
   *[other] { $file }: прочитан, { $count } строки
}
cli-next = дальше: alamor add panel, alamor add purchase, затем alamor serve
cli-environment = окружении
cli-key-good = ADMIN_API_KEY в { $file } соответствует правилу
cli-key-weak = ADMIN_API_KEY в { $file } слабый: { $why }. `alamor key new` создаст другой
cli-key-unset = ADMIN_API_KEY в { $file } не задан. `alamor key new` создаст его
cli-key-ask-set = Записать ключ в { $file }? [y/N]{ " " }
cli-key-ask-rotate = Записать новый ключ в { $file }? Прежний действует, пока вы не завершите замену. [y/N]{ " " }
cli-key-ask-finish = Убрать прежний ключ из { $file }? Кто пользуется им, получит отказ. [y/N]{ " " }
cli-key-set =
    { $file }: ключ записан. Теперь перезапустите оба:
      systemctl restart alamorwebhook
      и бота
cli-key-rotated =
    { $file }: записан новый ключ, а прежний — как ADMIN_API_KEY_PREVIOUS. Теперь по порядку:
      systemctl restart alamorwebhook     с этого момента действуют оба
      перезапустите бота, открытые консоли и всё, где есть ключ
      alamor key rotate --finish          когда прежним никто не пользуется
cli-key-finished =
    { $file }: прежнего ключа больше нет. Он действует до перезапуска ядра:
      systemctl restart alamorwebhook
cli-key-previous = прежний ключ тоже действует; `alamor key rotate --finish` прекратит это
cli-key-unchanged = ничего не изменено
cli-alert-none = оповещать некого: задайте ALERT_URL, ALERT_COMMAND или ALERT_TELEGRAM=yes в { $file }
cli-settings = настройки: { $file }
fix-start = Запустите ядро: `alamor serve`, или укажите другое: --core либо CORE_URL в файле .env
fix-name = Укажите адрес ядра: --core либо CORE_URL в файле .env
bar-left = осталось около { $time }
bar-ok = успешно { $count }
bar-failed = неудачно { $count }
bar-not-reached = без связи { $count }

check-nothing-to-fix = Ничего из этого нельзя исправить без вас: что делать, написано у каждой неисправности.
check-would-run = Предложено было бы выполнить: { $command }
check-run = Выполнить «{ $command }»? [д/Н]
check-ran = { $command }: сделано. alamor check проверит снова.
check-failed = { $command }: не получилось, { $how }
check-reported = { $file }: отчёт
